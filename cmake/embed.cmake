# SPDX-License-Identifier: Apache-2.0
# Embeds text files: crossrole_embed(FOLDER NAME FILES…) makes generated/<folder>/<name>.{h,cc} and sets
# <folder>_<name>_SOURCE to the .cc, to be given to crossrole_folder(… SOURCES …).
function(crossrole_embed folder name)
  set(directory ${CMAKE_BINARY_DIR}/generated/${folder})
  add_custom_command(
    OUTPUT ${directory}/${name}.cc ${directory}/${name}.h
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/embed.py --name ${name} --namespace ${folder}
            --output ${directory} ${ARGN}
    DEPENDS ${CMAKE_SOURCE_DIR}/tools/embed.py ${ARGN}
    COMMENT "Embedding ${folder}/${name}"
    VERBATIM)
  set(${folder}_${name}_SOURCE ${directory}/${name}.cc PARENT_SCOPE)
endfunction()

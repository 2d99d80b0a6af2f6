# SPDX-License-Identifier: Apache-2.0
# Generates build/<preset>/generated/aws/<service>.{h,cc} for each service in src/aws/models; the list of the .cc files
# is left in AWS_MODEL_SOURCES, for the target that compiles them (included where that target is made).
set(AWS_MODEL_SOURCES)
file(GLOB aws_models CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/aws/models/*.json)
foreach(model ${aws_models})
  get_filename_component(service ${model} NAME_WE)
  set(out ${CMAKE_BINARY_DIR}/generated/aws)
  add_custom_command(
    OUTPUT ${out}/${service}.h ${out}/${service}.cc
    COMMAND Python3::Interpreter ${CMAKE_SOURCE_DIR}/tools/generate_aws.py ${service} ${model}
            ${CMAKE_SOURCE_DIR}/src/aws/operations.txt ${out}
    DEPENDS ${model} ${CMAKE_SOURCE_DIR}/src/aws/operations.txt ${CMAKE_SOURCE_DIR}/tools/generate_aws.py
    COMMENT "Generating aws/${service}.h"
    VERBATIM)
  list(APPEND AWS_MODEL_SOURCES ${out}/${service}.h ${out}/${service}.cc)
endforeach()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every rule of tidy.py fires on what it forbids, and is silent on the way such code should be written."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import cxx_outline  # noqa: E402
import tidy  # noqa: E402

SPDX = "// SPDX-License-Identifier: Apache-2.0\n"
ARCHITECTURE = """# Architecture
```
src/
├── app/    main
├── http/   server
├── aws/    the wire
├── store/  database
└── base/   no domain
```
"""
CLEAN_HEADER = """#pragma once

namespace crossrole::store {

/// What a text is.
enum class Kind : unsigned char { kA, kB };

struct Later;

/// A place to put things.
class Store final : public Base0 {
 public:
  /// Opens it. Errors: kNotFound.
  explicit Store(int size) : size_{size}, names_{"a", "b"} {}
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  bool operator()(int a, int b) const { return a < b; }
  void Run() override;

  /// How many.
  int size() const { return size_; }
  int capacity() const { return size_; }
  const std::map<std::string, int>& names() const { return names_; }  ///< by name

  /// Reads a value.
  int FindFirst(Kind kind) const;
  std::string FindName(const std::string& a, long b) const;

  /// Stores a value.
  void Put(int value);
  void Put(long value,
           Kind kind = Kind::kA);

 private:
  void Undocumented(int a, int b);
  int size_;
  Names names_;
  std::function<void(int, int)> done_{};
  void (*visit)(int, int);
};

/// Tags of things.
struct A { static constexpr int kValue = 1; };
struct B { static constexpr int kValue = 2; };

/// The larger one.
template <typename T, typename Compare = std::less<T>>
constexpr T Larger(T a, T b) {
  return a < b ? b : a;
}

inline constexpr std::array kTable = {Row{.a = 1, .b = "x;{"}, Row{.a = 2}};
inline const char* const kRaw = R"(struct X { void F(); };)";

using Names = std::map<std::string, int>;

}  // namespace crossrole::store
"""


class TidyTest(unittest.TestCase):
    def check(self, files, architecture=ARCHITECTURE):
        """The rules that the given files break."""
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "ARCHITECTURE.md").write_text(architecture)
            for name, text in files.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text)
            self.violations = tidy.check(root)
            return sorted({violation.rule for violation in self.violations})

    def source(self, text, path="src/store/store.cc"):
        return self.check({path: SPDX + text})

    def test_clean_code_is_left_alone(self):
        files = {
            "src/store/store.h": SPDX + CLEAN_HEADER,
            "src/store/store.cc": SPDX + '#include "store/store.h"\n#include "base/text.h"\n#include <sqlite3.h>\n',
            "src/store/store_test.cc": SPDX + "TEST(StoreTest, Holds) { EXPECT_TRUE(true); }\n",
            "src/CMakeLists.txt": "# SPDX-License-Identifier: Apache-2.0\ncrossrole_folder(base)\ncrossrole_folder(store)\n",
            "tools/x.sh": "#!/bin/bash\n# SPDX-License-Identifier: Apache-2.0\n",
        }
        self.assertEqual(self.check(files), [], self.check(files) and self.violations)

    def test_a_folder_may_not_include_what_is_above_it(self):
        self.assertEqual(self.source('#include "http/server.h"\n'), ["ladder"])
        self.assertEqual(self.violations[0].line, 2)
        self.assertEqual(self.source('#include "base/text.h"\n'), [])

    def test_a_folder_must_be_on_the_ladder(self):
        self.assertEqual(self.source("", "src/extras/a.cc"), ["ladder"])
        self.assertEqual(self.source('#include "extras/a.h"\n'), ["ladder"])

    def test_internal_headers_stay_inside(self):
        self.assertEqual(self.source('#include "base/internal/a.h"\n'), ["ladder"])
        self.assertEqual(self.source('#include "store/internal/a.h"\n'), [])

    def test_a_cycle_of_folders_is_reported(self):
        files = {"src/aws/a.cc": SPDX + '#include "store/a.h"\n', "src/store/a.cc": SPDX + '#include "aws/a.h"\n'}
        self.assertEqual(self.check(files), ["cycle", "ladder"])

    def test_the_build_lists_folders_bottom_first(self):
        spdx = "# SPDX-License-Identifier: Apache-2.0\n"
        self.assertEqual(self.check({"src/CMakeLists.txt": spdx + "crossrole_folder(store)\ncrossrole_folder(base)\n"}), ["ladder"])

    def test_long_files_are_reported(self):
        self.assertEqual(self.source("\n" * 600), ["file-length"])
        self.assertEqual(self.source("\n" * 599), [])
        self.assertEqual(self.source("\n" * 899, "src/store/a_test.cc"), [])
        self.assertEqual(self.source("\n" * 900, "src/store/a_test.cc"), ["file-length"])

    def test_long_functions_are_reported(self):
        self.assertEqual(self.source("int F() {\n" + "  G();\n" * 69 + "}\n"), ["function-length"])
        self.assertEqual(self.source("int F() {\n" + "  G();\n" * 68 + "}\n"), [])
        members = "A::A(int b)\n    : b_{b}, c_(b) {\n" + "  G();\n" * 70 + "}\n"
        self.assertEqual(self.source(members), ["function-length"])
        self.assertEqual(self.source("const Row kTable[] = {\n" + "    {1, 2},\n" * 90 + "};\n"), [])

    def test_many_parameters_are_reported(self):
        self.assertEqual(self.source("void F(int a, int b, int c, int d, int e, int f, int g) {}\n"), ["parameters"])
        self.assertEqual(self.source("void F(int a, std::map<int, int> b, std::function<void(int, int)> c, int d = G(1, 2)) {}\n"), [])
        declaration = SPDX + "namespace a {\n/// Does it.\nint F(int a, int b, int c,\n      int d, int e, int f, int g);\n}\n"
        self.assertEqual(self.check({"src/store/a.h": declaration}), ["parameters"])

    def test_full_folders_are_reported(self):
        self.assertEqual(self.check({f"src/base/a{i}.cc": SPDX for i in range(41)}), ["folder-size"])
        self.assertEqual(self.check({f"src/base/a{i}.cc": SPDX for i in range(40)}), [])

    def test_public_declarations_need_a_comment(self):
        for text in (
            "class A {};\n",
            "struct A {\n  int a;\n};\n",
            "enum class A { kB };\n",
            "int F();\n",
            "template <typename T>\nint F(T a);\n",
            "/// A.\nclass A {\n public:\n  int F() const;\n};\n",
            "/// A.\nstruct A {\n  int F() const { return 1; }\n};\n",
            "/// First.\nint F(int a);\nint G(long b);\n",
            "/// First.\nint F(int a);\n\nint F(long a);\n",
        ):
            header = SPDX + "namespace a {\n" + text + "}\n"
            self.assertEqual(self.check({"src/store/a.h": header}), ["comment"], text)

    def test_what_is_not_public_needs_no_comment(self):
        for text in (
            "/// A.\nclass A {\n  int F();\n  struct B { int b; };\n};\n",
            "/// A.\nclass A {\n public:\n  A();\n private:\n  int F();\n};\n",
            "class A;\nstruct B;\n",
            "namespace internal {\nint F();\n}\n",
        ):
            header = SPDX + "namespace a {\n" + text + "}\n"
            self.assertEqual(self.check({"src/store/a.h": header}), [], text)
        self.assertEqual(self.check({"src/store/internal/a.h": SPDX + "int F();\n"}), [])
        self.assertEqual(self.source("int F();\nclass A {};\n"), [])

    def test_empty_names_are_reported(self):
        for path in ("src/store/util.cc", "src/store/helpers.h", "tests/common/a.cc", "tools/misc.py"):
            self.assertEqual(self.check({path: SPDX}), ["name"], path)
        for name in ("SessionManager", "TextHelper", "StoreImpl", "ClientBase", "JsonWrapper", "StringUtil"):
            self.assertEqual(self.source(f"class {name} {{}};\n"), ["name"], name)
        self.assertEqual(self.source("class Database {};\nstruct Baseline {};\n"), [])

    def test_foreign_libraries_have_one_home(self):
        for header in ("sqlite3.h", "curl/curl.h", "boost/beast/http.hpp", "boost/asio.hpp", "simdjson.h", "CLI/CLI.hpp", "toml++/toml.h", "libpq-fe.h"):
            self.assertEqual(self.source(f"#include <{header}>\n", "src/base/a.cc"), ["foreign"], header)
        self.assertEqual(self.source("#include <sqlite3.h>\n", "src/store/a.h"), ["foreign"])
        self.assertEqual(self.source("#include <sqlite3.h>\n", "src/store/internal/a.h"), [])
        self.assertEqual(self.source("#include <boost/json/value.hpp>\n"), [])

    def test_only_app_reads_the_environment(self):
        self.assertEqual(self.source('auto a = std::getenv("A");\n'), ["environment"])
        self.assertEqual(self.source('auto a = std::getenv("A");\n', "src/app/main.cc"), [])
        self.assertEqual(self.source('// getenv\nauto a = "getenv";\n'), [])

    def test_the_first_line_is_the_licence(self):
        for path in ("src/store/a.cc", "tools/a.py", "tools/a.sh", "src/store/migrations/0001_a.sql", "src/CMakeLists.txt"):
            self.assertEqual(self.check({path: "\n"}), ["spdx"], path)

    def test_links_lead_somewhere(self):
        files = {"docs/a.md": "# A\n[b](b.md#part) [c](../docs/absent.md) [d](https://example.com) `[e](e.md)`\n", "docs/b.md": "# B\n"}
        self.assertEqual(self.check(files), ["link"])
        self.assertEqual([violation.text for violation in self.violations], ["`../docs/absent.md` is not there"])

    def test_reveal_is_called_in_listed_places_only(self):
        self.assertEqual(self.source("auto a = secret.Reveal();\n"), ["reveal"])
        listed = {"src/store/a.cc": SPDX + "auto a = secret.Reveal();\n", "tools/reveal_callers.txt": "# where\nsrc/store/a.cc 1\n"}
        self.assertEqual(self.check(listed), [])
        listed["src/store/a.cc"] += "auto b = secret.Reveal();\n"
        self.assertEqual(self.check(listed), ["reveal"])
        self.assertEqual(self.source("auto a = secret.Reveal();\n", "src/store/a_test.cc"), [])

    def test_the_list_of_reveals_can_be_renewed(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "src/store").mkdir(parents=True)
            (root / "tools").mkdir()
            (root / "ARCHITECTURE.md").write_text(ARCHITECTURE)
            (root / "src/store/a.cc").write_text(SPDX + "auto a = secret.Reveal();\n")
            tidy.update_reveal(root, tidy.read_sources(root))
            self.assertIn("src/store/a.cc 1\n", (root / "tools/reveal_callers.txt").read_text())
            self.assertEqual(tidy.check(root), [])

    def test_unfinished_work_is_reported(self):
        # Put together here, so that this file does not break the rule.
        for word in ("TO" + "DO", "FIX" + "ME"):
            self.assertEqual(self.source(f"// {word}: later\n"), ["unfinished"])

    def test_broken_library_parts_are_refused(self):
        self.assertEqual(self.source('std::regex a("x");\n'), ["regex"])
        self.assertEqual(self.source("#include <regex>\n"), ["regex"])
        self.assertEqual(self.source('auto a = std::format("x");\n'), ["format"])
        self.assertEqual(self.source("#include <format>\n"), ["format"])
        self.assertEqual(self.source('auto a = fmt::format("x");\n'), [])

    def test_singletons_are_refused(self):
        self.assertEqual(self.source("auto& a = Store::Instance();\n"), ["singleton"])

    def test_empty_tests_are_reported(self):
        self.assertEqual(self.source("TEST(A, B) {}\n", "src/store/a_test.cc"), ["empty-test"])
        self.assertEqual(self.source("TEST_F(A, B) {\n  // nothing\n}\n", "src/store/a_test.cc"), ["empty-test"])
        self.assertEqual(self.check({"tools/a_test.py": "# SPDX-License-Identifier: Apache-2.0\ndef test_a():\n    pass\n"}), ["empty-test"])

    def test_a_document_without_a_ladder_is_an_error(self):
        with self.assertRaises(SystemExit):
            self.check({}, architecture="# nothing\n")


class OutlineTest(unittest.TestCase):
    def functions(self, text):
        return [(item.name, item.parameters) for item in cxx_outline.Outline(text).functions]

    def test_functions_are_found_where_they_are(self):
        text = """
namespace a { namespace {
int Free(int a, int b) { auto f = [](int x) { return x; }; if (a) { return f(b); } return 0; }
}
Name::Name(int a) : one_(a), two_{a}, three_{{1, 2}} { Do({1, 2}); }
auto Name::Get() const noexcept -> std::map<int, int> { return {}; }
bool operator==(const Name& a, const Name& b) { return true; }
template <typename T, int kSize = 3> requires (kSize > 2) T Make(T a, int (&b)[kSize]) { return a; }
const int kValues[] = {1, 2, 3};
const Options kDefault = Make({.a = 1});
static const std::array<Row, 2> kRows{{{1}, {2}}};
TEST(Suite, Name) { EXPECT_EQ(1'000, 1); }
}
"""
        self.assertEqual(
            self.functions(text),
            [("Free", 2), ("Name::Name", 1), ("Name::Get", 0), ("operator_" + "__", 2), ("Make", 2), ("TEST", 2)],
        )

    def test_literals_and_comments_do_not_confuse(self):
        text = "void F() { auto a = '{'; auto b = \"}{\\\"\"; auto c = R\"x({{{)x\"; /* { */ } // }\nvoid G() {}\n"
        self.assertEqual(self.functions(text), [("F", 0), ("G", 0)])

    def test_conditional_code_is_read_once_per_branch(self):
        text = "#define BEGIN do { \\\n  x\nvoid F() {\n#ifdef A\n  G();\n#endif\n}\nvoid H() {}\n"
        self.assertEqual(self.functions(text), [("F", 0), ("H", 0)])


if __name__ == "__main__":
    unittest.main()

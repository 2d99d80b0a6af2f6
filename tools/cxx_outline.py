# SPDX-License-Identifier: Apache-2.0
"""Reads the outline of a C++ file by its braces: classes, functions, public declarations and their comments.

Not a parser: it knows as much of C++ as the code of this repository needs. Comments and literals are blanked first,
then one pass keeps a stack of what each open brace belongs to.
"""

import bisect
import re
from dataclasses import dataclass, field

_TOKENS = re.compile(
    r"""//[^\n]*                                             # comment
      | /\*.*?\*/
      | (?:u8|u|U|L)?R"(?P<tag>[^()\s\\]{0,16})\(.*?\)(?P=tag)"  # raw string
      | "(?:\\.|[^"\\\n])*"
      | (?<![0-9a-zA-Z_])(?:u8|u|U|L)?'(?:\\.|[^'\\\n])+'   # not the separator of 1'000
      | ^[ \t]*\#(?:[^\n\\]|\\.|\\\n)*                      # preprocessor line, with its continuations
    """,
    re.S | re.M | re.X,
)
_ATTRIBUTES = re.compile(r"\[\[[^\]]*\]\]|\balignas\s*\([^)]*\)")
_OPERATOR = re.compile(r"\boperator\s*(\(\s*\)|\[\s*\]|\"\"\s*\w+|[^\s\w(]+|new|delete|bool|[\w:]+(?=\s*\())")
_CLASS = re.compile(r"^(?:export\s+)?(class|struct|union|enum(?:\s+class|\s+struct)?)\b\s*([\w:]*)")
_FUNCTION_TAIL = re.compile(r"(\)|\bconst|\bnoexcept|\boverride|\bfinal|\bmutable|&|\btry)$")


@dataclass
class Item:
    """A class, a function or a declaration."""

    kind: str  # "class", "function"
    name: str
    line: int
    end_line: int = 0
    parameters: int = 0
    parameter_text: str = ""
    body: str = ""
    public: bool = True
    depth: str = "namespace"  # what it stands in: "namespace" or "class"
    text: str = ""  # its head, blanks joined
    exempt: bool = False  # needs no comment of its own

    @property
    def lines(self):
        return self.end_line - self.line + 1


@dataclass
class _Scope:
    kind: str  # "namespace", "class", "enum", "function", "block", "value"
    access: str = "public"
    hidden: bool = False  # anonymous namespace, private class
    item: Item | None = None
    head: int = 0  # where the interrupted statement began, for values
    parens: int = 0
    body_start: int = 0
    class_name: str = ""


def blank(text, keep_preprocessor=False):
    """`text` with comments, literals and preprocessor lines replaced by blanks; line ends stay."""

    def replace(match):
        token = match.group(0)
        if token.lstrip(" \t").startswith("#"):
            if keep_preprocessor:
                return re.sub(r"//[^\n]*|/\*.*?\*/", lambda c: " " * len(c.group(0)), token)
            return re.sub(r"[^\n]", " ", token)
        if token.startswith(("//", "/*")):
            return re.sub(r"[^\n]", " ", token)
        # A literal stays a token, so that `f("x")` has one argument.
        inner = re.sub(r"[^\n]", " ", token[1:-1])
        return "0" + inner + "0" if len(token) > 1 else "0"

    return _TOKENS.sub(replace, text)


def _squeeze(head):
    head = _ATTRIBUTES.sub(" ", head)
    return re.sub(r"\s+", " ", head).strip()


def _strip_template(head):
    """`head` without leading `template <…>` and `requires (…)` parts."""
    while True:
        match = re.match(r"(?:template\s*<|requires\s*\()", head)
        if not match:
            return head
        opening, closing = ("<", ">") if head[match.end() - 1] == "<" else ("(", ")")
        depth, index = 1, match.end()
        while index < len(head) and depth:
            depth += (head[index] == opening) - (head[index] == closing and head[index - 1] != "-")
            index += 1
        head = head[index:].lstrip()


def _parameter_list(head):
    """(text before the parameter list, its text, text behind) of a function head, or None."""
    angle = 0
    for index, char in enumerate(head):
        if char == "<":
            angle += 1
        elif char == ">" and index and head[index - 1] != "-":
            angle = max(0, angle - 1)
        elif char == "(" and angle == 0:
            if re.search(r"\b(noexcept|decltype|explicit|requires)\s*$", head[:index]):
                close = _matching(head, index)
                rest = _parameter_list(head[:index] + " " * (close - index) + head[close:])
                return rest
            close = _matching(head, index)
            return head[:index], head[index + 1 : close - 1], head[close:]
    return None


def _matching(text, index):
    depth = 0
    for position in range(index, len(text)):
        depth += (text[position] == "(") - (text[position] == ")")
        if depth == 0:
            return position + 1
    return len(text)


def _count_parameters(text):
    if not text.strip() or text.strip() == "void":
        return 0
    count, depth = 1, 0
    for index, char in enumerate(text):
        if char in "([{<":
            depth += 1
        elif char in ")]}" or (char == ">" and text[index - 1] != "-"):
            depth -= 1
        elif char == "," and depth <= 0:
            count += 1
    return count


def _first_word(name):
    """`Parse` of `ParsePreset`."""
    return re.match(r"[A-Z]?[a-z0-9]*", name).group(0) or name


def _function(head):
    """(name, text of the parameter list, text behind it) when `head` is a function's, else None."""
    head = _OPERATOR.sub(lambda m: "operator_" + re.sub(r"\W", "_", m.group(1)), head)
    parts = _parameter_list(head)
    if parts is None:
        return None
    before, parameters, behind = parts
    if re.search(r"(^|[^=!<>])=([^=]|$)", before):
        return None
    match = re.search(r"([~\w:]+(?:<[^()]*>)?)\s*$", before)
    if not match or match.group(1) in ("if", "for", "while", "switch", "return", "catch", "static_assert", "sizeof"):
        return None
    if parameters.lstrip().startswith("*") and behind.startswith("("):
        return None  # a pointer to a function
    return match.group(1), parameters.strip(), behind


class Outline:
    """`classes`, `functions` (with bodies), `declarations` (what a header offers, in order)."""

    def __init__(self, text):
        self.text = text
        self.code = blank(text, keep_preprocessor=True)
        self.classes, self.functions, self.declarations = [], [], []
        self._lines = [match.end() for match in re.finditer("\n", text)]
        self._source_lines = text.split("\n")
        self._clean = blank(text)
        self._scan()

    def _line(self, offset):
        return bisect.bisect_right(self._lines, offset) + 1

    def _scan(self):
        clean, stack = self._clean, [_Scope("namespace")]
        start, parens = 0, 0
        for match in re.finditer(r"[{}();]|\b(?:public|protected|private)\s*:(?!:)", clean):
            char, at = match.group(0), match.start()
            scope = stack[-1]
            if char == "(":
                parens += 1
            elif char == ")":
                parens = max(0, parens - 1)
            elif char == "{":
                inner = self._open(scope, start, at, parens)
                inner.head, inner.parens, inner.body_start = start, parens, at + 1
                stack.append(inner)
                start, parens = at + 1, 0
            elif char == "}":
                if len(stack) > 1:
                    inner = stack.pop()
                    parens = inner.parens
                    start = self._close(inner, at)
            elif char == ";" and parens == 0:
                self._statement(scope, start, at)
                start = at + 1
            elif char[-1] == ":" and scope.kind == "class" and parens == 0:
                scope.access = char[:-1].strip()
                start = match.end()

    def _first(self, start, end):
        """The offset of the first code between two offsets, behind `template <…>` too."""
        match = re.compile(r"\S").search(self._clean, start, end)
        return match.start() if match else start

    def _item(self, kind, name, scope, start, end):
        return Item(kind=kind, name=name, line=self._line(self._first(start, end)), end_line=self._line(end),
                    public=not scope.hidden and (scope.kind != "class" or scope.access == "public"),
                    depth=scope.kind, text=_squeeze(self._clean[start:end]))

    def _open(self, scope, start, at, parens):
        """What the brace at `at` opens, given the statement so far."""
        if scope.kind not in ("namespace", "class"):
            return _Scope("block")
        head = _squeeze(self._clean[start:at])
        if parens:
            return _Scope("value")
        if re.match(r"(inline )?namespace\b", head) or re.match(r'extern\b[ 0]*$', head):
            hidden = scope.hidden or head in ("namespace", "inline namespace") or bool(re.search(r"\b(internal|detail)$", head))
            return _Scope("namespace", hidden=hidden)
        bare = _strip_template(head)
        declared = _CLASS.match(bare)
        if declared and "(" not in bare.split(":")[0]:
            return self._open_class(scope, start, at, declared, bare)
        function = _function(bare)
        if function is None:
            return _Scope("value")
        name, parameters, behind = function
        initialisers = re.search(r"(?<!:):(?!:)", behind)
        if initialisers and not behind.rstrip().endswith((")", "}")):
            return _Scope("value")  # a member's initialiser: `: a_{…}`
        if not initialisers and re.search(r"(^|[^=!<>])=", behind):
            return _Scope("value")
        item = self._item("function", name, scope, start, at)
        item.parameters, item.parameter_text = _count_parameters(parameters), parameters
        item.exempt = self._is_exempt(item, scope, behind)
        self.functions.append(item)
        if item.public:
            self.declarations.append(item)
        return _Scope("function", item=item)

    def _open_class(self, scope, start, at, declared, bare):
        item = self._item("class", declared.group(2), scope, start, at)
        keyword = declared.group(1)
        self.classes.append(item)
        if item.public and item.name and "::" not in item.name:
            self.declarations.append(item)
        if keyword.startswith("enum"):
            return _Scope("enum", item=item)
        hidden = scope.hidden or not item.public or bool(re.search(r"<[^:]*>\s*$", bare.split(":")[0]))
        return _Scope("class", access="private" if keyword == "class" else "public", hidden=hidden, item=item, class_name=item.name)

    def _close(self, scope, at):
        """Ends a scope; answers where the statement around it goes on or the next one begins."""
        if scope.item is not None:
            scope.item.end_line = self._line(at)
            scope.item.body = self._clean[scope.body_start:at]
        return scope.head if scope.kind == "value" else at + 1

    def _statement(self, scope, start, at):
        """A declaration that ends with `;`."""
        if scope.kind not in ("namespace", "class"):
            return
        head = _squeeze(self._clean[start:at])
        bare = _strip_template(head)
        if not bare or re.match(r"(using|typedef|friend|static_assert|extern template|namespace|template)\b", bare):
            return
        if _CLASS.match(bare) and "(" not in bare:
            return  # a forward declaration, or the end of `struct {…} name`
        function = _function(bare)
        if function is None:
            return
        name, parameters, behind = function
        item = self._item("function", name, scope, start, at)
        item.parameters, item.parameter_text = _count_parameters(parameters), parameters
        item.exempt = self._is_exempt(item, scope, behind)
        if item.public:
            self.declarations.append(item)

    def _is_exempt(self, item, scope, behind):
        """Constructors, destructors, operators, overrides and defaulted members explain themselves."""
        own_name = item.name.split("::")[-1].split("<")[0]
        if own_name.startswith(("~", "operator_")) or "::" in item.name:
            return True
        if scope.kind == "class" and own_name == scope.class_name.split("::")[-1]:
            return True
        return bool(re.search(r"\b(override|final)\b|=\s*(default|delete)\b", behind)) or "friend " in item.text

    def _has_comment(self, item):
        above = self._source_lines[item.line - 2].strip() if item.line >= 2 else ""
        return above.startswith("///") or any("///<" in line for line in self._source_lines[item.line - 1 : item.end_line])

    def undocumented(self):
        """Public declarations without a comment.

        One comment does for a run without a blank line between: overloads; functions with the same verb (`ParsePreset`,
        `ParseState`) or the same parameters (accessors); one-line types, and the function behind one that takes it.
        """
        missing, above, above_is_documented = [], None, False
        for item in self.declarations:
            documented = item.exempt or self._has_comment(item)
            if not documented and above_is_documented and item.line == above.end_line + 1:
                documented = self._shares_comment(above, item)
            if not documented:
                missing.append(item)
            above, above_is_documented = item, documented and not item.exempt
        return missing

    @staticmethod
    def _shares_comment(above, item):
        if above.kind == "class":
            return above.line == above.end_line and (item.kind == "function" or item.line == item.end_line)
        same_verb = _first_word(item.name) == _first_word(above.name)
        return item.kind == "function" and (same_verb or item.parameter_text == above.parameter_text)

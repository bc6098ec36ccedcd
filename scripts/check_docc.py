"""Checks the links of the documentation catalog against the declarations in the sources. Needs no build.

    python3 scripts/check_docc.py Sources/PipServices

- Each ``Symbol`` and ``Symbol/member`` of a page is a public declaration. A member is linked at the type or protocol
  that declares it.
- A link to one of several overloads says which one: ``Symbol/member(_:)-(Int)``, where `_` stands for any type.
- Each <doc:Article> is a page of the catalog.
- No page lists a symbol or an article twice under its topics, or a page whose topics lead back to it.

It relies on the indentation of swift-format. Exits 1 and names each problem.
"""

import difflib
import pathlib
import re
import sys

TYPES = {"struct", "class", "enum", "protocol", "actor"}
MODIFIER = (
    r"(?:@\w+(?:\([^)]*\))?|public|open|final|static|class(?= (?:func|var))|indirect|mutating"
    r"|nonisolated(?:\(unsafe\))?|\w+\(set\)|convenience|required|override|weak|lazy|prefix|postfix|consuming"
    r"|borrowing) +"
)
DECLARATION = re.compile(
    rf"(?P<indent> *)(?P<modifiers>(?:{MODIFIER})*)"
    r"(?P<kind>struct|class|enum|protocol|actor|extension|func|init|subscript|let|var|typealias|associatedtype|case)\b"
    r"\??(?P<rest>.*)"
)
NAME = re.compile(r" *`?(\w+|[^\w\s(]+)")
LINK = re.compile(r"``(?!`)([^`]+)``|<doc:([^>]+)>")


class Module:
    """The public declarations of a folder of sources."""

    def __init__(self, root):
        self.members = {"": {}}  # type path: {member: {parameter types}}
        for file in sorted(root.rglob("*.swift")):
            self.read(file.read_text(encoding="utf-8").splitlines())

    def read(self, lines):
        scopes = []  # (indentation, type path, kind, whether it is public)
        for number, line in enumerate(lines):
            found = DECLARATION.match(line)
            if not found:
                continue
            indent, kind, rest = len(found["indent"]), found["kind"], found["rest"]
            while scopes and scopes[-1][0] >= indent:
                scopes.pop()
            _, parent, parent_kind, parent_is_public = scopes[-1] if scopes else (0, "", "", False)
            if kind == "extension":
                scopes.append((indent, re.match(r" *([^\s<:{]+)", rest)[1].replace(".", "/"), kind, False))
                continue
            # Requirements and cases are as public as their type; deeper lines are the code of a member.
            is_part = bool(scopes) and indent == scopes[-1][0] + 4
            is_part = is_part and (parent_kind == "protocol" or (parent_kind, kind) == ("enum", "case"))
            is_public = "public" in found["modifiers"] or (is_part and parent_is_public)
            if kind in TYPES:
                path = f"{parent}/{NAME.match(rest)[1]}".strip("/")
                scopes.append((indent, path, kind, is_public))
                if is_public:
                    self.members.setdefault(path, {})
            if is_public:
                for member, types in signatures(kind, rest, lines[number + 1:]):
                    self.members.setdefault(parent, {}).setdefault(member, set()).add(types)

    def problem(self, link):
        """What is wrong with a link to a symbol; None if nothing is."""
        parent, _, last = link.removeprefix("PipServices/").rpartition("/")
        name, _, choice = last.partition("-")
        if parent not in self.members:
            return f"the module has no public type {parent}{near(parent, self.members)}"
        overloads = self.members[parent].get(name)
        if overloads is None:
            return f"the module has no public {f'{parent}/{name}'.strip('/')}{near(name, self.members[parent])}"
        if choice.startswith("("):
            overloads = [types for types in overloads if fits(split(choice[1:choice.rindex(")")]), types)]
        if len(overloads) != 1:
            return f"{len(overloads)} overloads match {link}: name the types of the parameters, as in {name}-(_,Int)"
        return None


def near(name, names):
    found = difflib.get_close_matches(name, names, 3, 0.5)
    return f"; there is {', '.join(found)}" if found else ""


def fits(wanted, types):
    return len(wanted) == len(types) and all(one in ("_", other) for one, other in zip(wanted, types))


def split(text):
    """Splits at commas outside of brackets."""
    parts, depth = [""], 0
    for character in text.replace("->", "→"):
        depth += (character in "([{<") - (character in ")]}>")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip().replace("→", "->") for part in parts if part.strip()]


def signatures(kind, rest, following):
    """The names by which a declaration is linked, each with the types of its parameters."""
    if kind == "case":
        for case in split(re.sub(r'"[^"]*"', "", rest)):
            name, _, values = case.partition("(")
            labels = [value.partition(":")[0] if ":" in value else "_" for value in split(values.rpartition(")")[0])]
            yield name.split("=")[0].strip() + (f"({''.join(label + ':' for label in labels)})" if labels else ""), ()
        return
    name = kind if kind in ("init", "subscript") else NAME.match(rest)[1]
    if kind not in ("func", "init", "subscript"):
        yield name, ()
        return
    text = re.sub(r'"[^"]*"', "", rest)
    for line in following:
        if text.count("(") > 0 and text.count("(") <= text.count(")"):
            break
        text += " " + re.sub(r'"[^"]*"', "", line.strip())
    labels, types = [], []
    for parameter in split(inside(text)):
        names, _, type_name = re.sub(r"@\w+(\([^)]*\))? +", "", parameter).partition(":")
        words = names.split()
        labels.append("_" if len(words) == 1 and (kind == "subscript" or not name[0].isidentifier()) else words[0])
        types.append(type_name.partition(" = ")[0].strip())
    yield f"{name}({''.join(label + ':' for label in labels)})", tuple(types)


def inside(text):
    """What the first brackets of a text hold."""
    start, depth = text.index("(") + 1, 1
    for end in range(start, len(text)):
        depth += (text[end] == "(") - (text[end] == ")")
        if depth == 0:
            return text[start:end]
    return text[start:]


class Page:
    """A page of the catalog: its links, and what it lists under its topics."""

    def __init__(self, path):
        self.path = path
        self.name = path.stem
        self.links = []  # (line number, symbol or "", article or "")
        self.listed = []  # (line number, symbol or article)
        is_code, in_topics = False, False
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if line.startswith("```"):
                is_code = not is_code
            if is_code:
                continue
            title = re.match(r"# ``(?:PipServices/)?([^`]+)``", line)
            self.name = title[1] if title else self.name
            in_topics = line == "## Topics" if line.startswith("## ") else in_topics
            for symbol, article in LINK.findall(line):
                if symbol != "PipServices":
                    self.links.append((number, symbol, article))
                    if in_topics:
                        self.listed.append((number, symbol or article))

    def names_below(self, pages, seen=()):
        """What this page lists, and the pages that it lists, and so on."""
        names = set(seen)
        for _, name in self.listed:
            if name not in names:
                names.add(name)
                names |= pages[name].names_below(pages, names) if name in pages else set()
        return names

    def problems(self, module, pages):
        names = set()
        for number, symbol, article in self.links:
            if symbol and (text := module.problem(symbol)):
                yield f"{self.path}:{number}: {text}"
            if article and article not in pages:
                yield f"{self.path}:{number}: there is no article {article}{near(article, pages)}"
        for number, name in self.listed:
            if name in names:
                yield f"{self.path}:{number}: {name} is listed twice"
            names.add(name)
            if name in pages and self.name in pages[name].names_below(pages):
                yield f"{self.path}:{number}: the topics of {name} lead back to this page"


def main():
    root = pathlib.Path(sys.argv[1])
    module = Module(root)
    pages = {page.name: page for page in map(Page, sorted(root.glob("*.docc/**/*.md")))}
    problems = [problem for page in pages.values() for problem in page.problems(module, pages)]
    for problem in problems:
        print(problem)
    links = sum(len(page.links) for page in pages.values())
    print(f"documentation catalog: {len(pages)} pages, {links} links, {len(problems)} problems")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()

"""Checks the links of the documentation catalog against the declarations in the sources. Needs no build.

    python3 scripts/check_docc.py Sources/PipServices

- Each ``Symbol`` and ``Symbol/member`` of a page is a public declaration. A member is linked at the type or protocol
  that declares it.
- A link to one of several overloads says which one: ``Symbol/member(_:)-(Int)``, where `_` stands for any type.
- Each <doc:Article> is a page of the catalog.
- No page lists a symbol or an article twice under its topics.

It relies on the indentation of swift-format. Exits 1 and names each problem.
"""

import difflib
import pathlib
import re
import sys

TYPES = {"struct", "class", "enum", "protocol", "actor"}
MODIFIER = (
    r"(?:@\w+(?:\([^)]*\))?|public|open|final|static|indirect|mutating|nonisolated(?:\(unsafe\))?|class(?= (?:func|var))"
    r"|\w+\(set\)|convenience|required|override|weak|lazy|prefix|postfix|consuming|borrowing) +"
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
            is_direct = bool(scopes) and indent == scopes[-1][0] + 4
            is_public = "public" in found["modifiers"] or (
                parent_is_public and is_direct and (parent_kind == "protocol" or (parent_kind, kind) == ("enum", "case"))
            )
            if kind in TYPES:
                path = f"{parent}/{NAME.match(rest)[1]}".strip("/")
                scopes.append((indent, path, kind, is_public))
                if is_public:
                    self.members.setdefault(path, {})
            if is_public:
                for member, types in signatures(kind, rest, lines[number + 1:]):
                    self.members.setdefault(parent, {}).setdefault(member, set()).add(types)

    def problem(self, link):
        """What is wrong with a link to a symbol, or nil."""
        path, _, last = link.removeprefix("PipServices/").rpartition("/")
        name, _, choice = re.match(r"([^-]+)(-(.+))?$", last).groups() if "-" in last else (last, None, None)
        if path and path not in self.members:
            return f"the module has no public type {path}{near(path, self.members)}"
        overloads = self.members[path].get(name)
        if overloads is None:
            return f"the module has no public {path}{'/' if path else ''}{name}{near(name, self.members[path])}"
        if path and choice and choice.startswith("("):
            wanted = split(choice[1:choice.rindex(")")])
            overloads = [types for types in overloads if fits(wanted, types)]
        if path and len(overloads) != 1:
            return f"{link} is {len(overloads)} overloads: add the types of its parameters, as in {name}-(_,Int)"
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


def problems(page, module, articles):
    is_code, in_topics, listed = False, False, set()
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("```"):
            is_code = not is_code
        if is_code:
            continue
        in_topics = line == "## Topics" if line.startswith("## ") else in_topics
        for symbol, article in LINK.findall(line):
            if symbol == "PipServices":
                continue
            text = module.problem(symbol) if symbol else None
            if article and article not in articles:
                text = f"there is no article {article}{near(article, articles)}"
            if in_topics and (symbol or article) in listed:
                text = f"{symbol or article} is listed twice"
            if in_topics:
                listed.add(symbol or article)
            if text:
                yield f"{page}:{number}: {text}"
    if is_code:
        yield f"{page}: a code block has no end"


def main():
    root = pathlib.Path(sys.argv[1])
    module = Module(root)
    pages = sorted(root.glob("*.docc/**/*.md"))
    articles = [page.stem for page in pages]
    found = [problem for page in pages for problem in problems(page, module, articles)]
    for problem in found:
        print(problem)
    links = sum(len(LINK.findall(page.read_text(encoding="utf-8"))) for page in pages)
    print(f"documentation catalog: {len(pages)} pages, {links} links, {len(found)} problems")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()

"""Hooks of MkDocs: which pages the site has, and where the links of the repository lead on it.

The pages of docs/ are read in the repository too, where they link to files outside docs/. Those files are pages of the
site: CONTRIBUTING.md and the like, and each suite of examples/.
"""

import re
from functools import cache
from pathlib import Path
from posixpath import relpath
from typing import Any
from urllib.parse import quote

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from robot.libdocpkg import LibraryDocumentation

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
AT_THE_TOP = ["CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"]
SUITES = sorted(ROOT / path for folder in ("", "recipes/", "load/") for path in ROOT.glob(f"examples/{folder}*.robot"))
DECISIONS = sorted(DOCS.glob("decisions/*.md"))
LINK = re.compile(r"\]\((?!\w+:|#)([^)#\s]+)(#[^)\s]*)?\)")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Leaves out entries whose page is missing, and puts the pages of a folder where the folder is named."""
    config.nav = existing(config.nav, named(config.nav))
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages that are made of files outside docs/."""
    style = (ROOT / "website" / "site.css").read_text("utf-8")
    for path, text in {**outside_docs(), "site.css": style}.items():
        files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Turns links within the repository into links within the site. A page without others beside it lists none."""
    if page.parent is None:
        page.meta["hide"] = ["navigation"]
    here = repository_path(page.file.src_uri)

    def on_the_site(link: re.Match[str]) -> str:
        target = (ROOT / here).parent.joinpath(link[1]).resolve().relative_to(ROOT).as_posix()
        return f"]({relpath(site_path(target), Path(page.file.src_uri).parent.as_posix())}{link[2] or ''})"

    return LINK.sub(on_the_site, markdown).replace("```failure\n", "```{ .text .failure }\n")


def existing(nav: Any, elsewhere: set[str]) -> list[Any]:
    """The entries of the navigation that have pages."""
    entries: list[Any] = []
    for entry in nav:
        title, target = next(iter(entry.items())) if isinstance(entry, dict) else (None, entry)
        if isinstance(target, list):
            entries += [{title: pages}] if (pages := existing(target, elsewhere)) else []
        elif target.endswith("/"):
            entries += [path for path in all_pages() if path.startswith(target) and path not in elsewhere]
        elif target in all_pages() or (DOCS / target).exists():
            entries.append(entry)
    return entries


def named(nav: Any) -> set[str]:
    """Pages that the navigation names one by one."""
    targets = [next(iter(entry.values())) if isinstance(entry, dict) else entry for entry in nav]
    return {path for target in targets for path in (named(target) if isinstance(target, list) else {target})}


def all_pages() -> list[str]:
    return sorted([path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")] + [*outside_docs()])


def outside_docs() -> dict[str, str]:
    """Paths on the site, and the Markdown, of what is not in docs/."""
    pages = {name.lower(): (ROOT / name).read_text("utf-8") for name in AT_THE_TOP}
    pages["examples/index.md"] = "# Examples\n\n" + "\n".join(line_of_suite(suite) for suite in SUITES)
    pages["decisions/index.md"] = "# Decisions\n\n" + "\n".join(line_of_decision(page) for page in DECISIONS)
    pages["keyword-list.md"] = list_keywords()
    return pages | {site_path(suite.relative_to(ROOT).as_posix()): page_of_suite(suite) for suite in SUITES}


@cache
def list_keywords() -> str:
    """Keywords and arguments as a page of the site, because its search does not read the keyword page."""
    library = LibraryDocumentation("RobotWebSocketLibrary")
    entries = [entry_of("Importing", library.inits[0]), *(entry_of(known.name, known) for known in library.keywords)]
    introduction = "Each name leads to the [keyword page](keywords.html), which says the rest."
    return "\n\n".join(["# Keyword list", introduction, *entries])


def entry_of(name: str, documented: Any) -> str:
    summary = documented.short_doc.replace("``", "`")
    names = ", ".join(f"`{argument.name}`" for argument in documented.args if argument.name)
    arguments = f"\n\nArguments: {names}" if names else ""
    return f"## [{name}](keywords.html#{quote(name)})\n\n{summary}{arguments}"


def line_of_suite(suite: Path) -> str:
    path = suite.relative_to(ROOT / "examples").as_posix()
    return f"- [{suite.stem.replace('_', ' ').title()}]({path}): {first_sentence(suite)}"


def line_of_decision(page: Path) -> str:
    return f"- [{page.read_text('utf-8').partition(chr(10))[0].removeprefix('# ')}]({page.name})"


def first_sentence(suite: Path) -> str:
    """What the suite says that it is for."""
    text = suite.read_text("utf-8").partition("Documentation")[2].partition("\n\n")[0]
    documentation = re.match(r" +(.*(?:\n\.\.\. .*)*)", text)
    words = " ".join(re.sub(r"\n\.\.\.", " ", documentation[1]).split()) if documentation else ""
    return words.partition(". ")[0].removesuffix(".") + "."


def page_of_suite(suite: Path) -> str:
    path = suite.relative_to(ROOT).as_posix()
    return (
        f"# {suite.stem.replace('_', ' ').title()}\n\n"
        f"`{path}` runs as it stands: `robot {path}`.\n\n"
        f"```robotframework\n{suite.read_text('utf-8')}```\n"
    )


def site_path(path: str) -> str:
    """Where a file of the repository is on the site."""
    if path in AT_THE_TOP:
        return path.lower()
    if path.startswith("examples"):
        return path.removesuffix(".robot") + ".md" if path.endswith(".robot") else "examples/index.md"
    return path.removeprefix("docs/") if Path(path).suffix else f"{path.removeprefix('docs/')}/index.md"


def repository_path(path: str) -> str:
    """Where a page of the site is in the repository."""
    if path.upper() in [name.upper() for name in AT_THE_TOP]:
        return next(name for name in AT_THE_TOP if name.upper() == path.upper())
    return path if path.startswith("examples/") else f"docs/{path}"

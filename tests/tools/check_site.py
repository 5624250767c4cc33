"""Checks a site that is a folder of files: every link, image, script and style leads to a file and to an element that are there, and
nothing is loaded from elsewhere, so that it works without a server and without a network.

    check_site.py FOLDER
"""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

# The attributes that lead somewhere: a link may leave the site, what a page is made of may not.
LINKS = {("a", "href")}
PARTS = {("img", "src"), ("link", "href"), ("script", "src"), ("iframe", "src")}


class Page(HTMLParser):
    """What a page has, and where it leads."""

    def __init__(self, path):
        super().__init__()
        self.ids, self.links, self.parts = set(), [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name == "id" or (tag, name) == ("a", "name"):
                self.ids.add(value)
            elif (tag, name) in LINKS and value:
                self.links.append(value)
            elif (tag, name) in PARTS and value:
                self.parts.append(value)


def problems(folder):
    pages = {path: Page(path) for path in folder.rglob("*.html")}
    if not pages:
        yield f"{folder}: there is no page"
    for path, page in sorted(pages.items()):
        # It has no place of its own: a server shows it in place of any page.
        if path.name == "404.html":
            continue
        where = path.relative_to(folder)
        for part in page.parts:
            if "://" in part or part.startswith("//"):
                yield f"{where}: `{part}` is loaded from elsewhere"
        for target in page.links + page.parts:
            if ":" in target.split("/")[0] or target.startswith("//"):
                continue
            file, anchor = urldefrag(target)
            leads_to = (path.parent / unquote(file)).resolve() if file else path
            if not leads_to.is_file():
                yield f"{where}: `{target}` leads nowhere"
            elif anchor and leads_to in pages and unquote(anchor) not in pages[leads_to].ids:
                yield f"{where}: `{file or where}` has no element `{anchor}`"


def main():
    found = list(problems(Path(sys.argv[1]).resolve()))
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

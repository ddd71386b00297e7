"""What the three vendor pages name, read out of their text: the measure of the tables' completeness."""

import json
import re
from pathlib import Path

import pytest

SEEDS = Path(__file__).parents[3] / "shared" / "seeds"
# The pages are the vendors': they lie beside a checkout and never in it, so whoever has a clone alone does without.
needs_the_pages = pytest.mark.skipif(
    not SEEDS.is_dir(), reason="../shared/seeds holds vendors' pages, which are not ours to ship"
)
_ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
_ITEM = re.compile(r"- \*\*(?P<field>.+?)\*\* \((?P<type>(?:[^()]|\([^()]*\))+)\)(?P<said>.*?)(?=- \*\*|$)")
_END_OF_TABLE = re.compile(r"Table \d+ |Status code: |(Request|Response) Parameters$|Example Request$")
_LIMIT = re.compile(r"(Minimum|Maximum) length: (\d+)$")


def read_page(seed):
    """The text of a page."""
    [path] = SEEDS.glob({"twilio": "000_*", "huawei": "001_*", "descope": "002_*"}[seed] + ".txt")
    return path.read_text(encoding="utf-8")


def rows_of(seed):
    """Each thing a page names: where, field, type and mandatory, as the tables have them."""
    return {"twilio": _of_twilio, "huawei": _of_huawei, "descope": _of_descope}[seed](read_page(seed))


def _of_twilio(page):
    [endpoint] = re.findall(r"# .*?\*\*(PUT \S+)\*\*", page)
    [server] = re.findall(r"## Servers - (\S+): ", page)
    yield "endpoint", endpoint, "", ""
    yield "server", server, "", ""
    status = ""
    for part in re.split(r" #{2,4} ", page):
        head = part.split(" ")[0]
        where = "request" if not status else "response" if status == "200" else f"error {status}"
        items = [(found["field"], found["type"], found["said"]) for found in _ITEM.finditer(part)]
        if head == "Authentication":
            yield "authentication", re.sub(r"O auth2", "OAuth2", part.partition(" - ")[2].strip()), "", ""
        elif re.fullmatch(r"\d{3}", head):
            status = head
            yield "status", status, "", ""
        elif head == "Headers":
            yield from ((f"{where} header", field, kind, "") for field, kind, _ in items)
        elif head == "Path":
            yield from (("path parameter", field, kind, "") for field, kind, _ in items)
        elif head == "Body:":
            yield f"{where} media type", part.split(" ")[1], "", ""
            for field, kind, said in items:
                yield (where if where.startswith("error") else f"{where} body"), field, kind, ""
                if "must" in said.lower():
                    yield f"{where} constraint", field, "", ""


def _of_huawei(page):
    yield "server", *re.findall(r"PUT (https://[^/]+)/", page), "", ""
    yield "endpoint", *re.findall(r"^PUT /\S+", page, re.MULTILINE), "", ""
    lines = [line.strip() for line in page.splitlines() if line.strip()]
    where = "request"
    for at, line in enumerate(lines):
        if found := re.fullmatch(r"Status code: (\d+)", line):
            yield "status", found[1], "", ""
            where = "response" if found[1].startswith("2") else f"error {found[1]}"
        if found := re.fullmatch(r"Table \d+ (.+)", line):
            yield from _of_table(found[1], lines[at + 1 :], where)
    request, answer = (json.loads(text) for text in re.findall(r"^\{.*?^\}", page, re.DOTALL | re.MULTILINE))
    yield from (("request body", field, "", "") for field, _ in leaves(request))
    yield from (("response body", field, "", "") for field, _ in leaves(answer))


def _of_table(title, lines, where):
    columns = [line for line in lines[:4] if line in ("Parameter", "Mandatory", "Type", "Description")]
    end = next(at for at, line in enumerate(lines) if _END_OF_TABLE.match(line))
    cells = lines[len(columns) : end]
    limits = [at for at, cell in enumerate(cells) if _LIMIT.match(cell)]
    limited = {cells[at - len(columns)] for at in limits if at - 1 not in limits}  # they follow a row's last cell
    cells = [cell for cell in cells if not _LIMIT.match(cell)]
    prefix = f"{title}[]." if title in ("emails", "addresses", "phoneNumbers") else f"{title}."
    if title.startswith("P") or title == _ENTERPRISE:  # "Path parameters", "Parameters in the …"
        prefix = ""
    here = {"Path parameters": "path parameter", "Parameters in the request header": "request header"}.get(
        title, where if where.startswith("error") else f"{where} body"
    )
    for start in range(0, len(cells), len(columns)):
        told = dict(zip(columns, cells[start : start + len(columns)], strict=True))
        yield here, prefix + told["Parameter"], told["Type"], told.get("Mandatory", "").lower()
        if told["Parameter"] in limited:
            yield f"{where} constraint", prefix + told["Parameter"], "", ""


def _of_descope(page):
    method, path = page.split("\n")[:2]
    yield "endpoint", f"{method} {path}", "", ""
    yield "server", *re.findall(r'curl -X PUT "(https://[^/]+)/', page), "", ""
    [table] = re.findall(r"Request Body\n(.*?)Path Parameters\n\n(?:(\w+)\nRequired\n(\w+))", page, re.DOTALL)
    yield "path parameter", table[1], table[2], "yes"
    [(header, value)] = re.findall(r"(Authorization)\nRequired\n(Bearer <\w+>)", page)
    yield "request header", header, value, "yes"
    yield "request constraint", header, "", ""
    kinds = dict(re.findall(r"^(\w+?)(string|array<object>|boolean|object)$", table[0], re.MULTILINE))
    yield from (("request body", field, kind, "") for field, kind in kinds.items())
    [sent] = re.findall(r"-d '(.*?)'", page, re.DOTALL)
    [shown] = re.findall(r"^\{.*?^\}", page, re.DOTALL | re.MULTILINE)
    yield from (("request body", field, kinds.get(field, _kind(value)), "") for field, value in leaves(json.loads(sent)))
    yield from (("response body", field, _kind(value), "") for field, value in leaves(json.loads(shown)))
    yield from (("request prose", name, "", "") for name in _listed(page, r"can update the (.+?)\."))
    yield from (("response prose", name, "", "") for name in _listed(page, r"including their (.+?)\."))
    yield from (("status", code, "", "") for code in re.findall(r"^(\d{3})OK$", page, re.MULTILINE))


def _listed(page, pattern):
    [words] = re.findall(pattern, page)
    return [word for word in re.findall(r"\w+", words) if word not in ("and", "if", "the", "user", "is", "etc")]


def _kind(value):
    return {str: "string", bool: "boolean", dict: "object", list: "array"}[type(value)]


def leaves(example, prefix=""):
    """Each field of a JSON example with its value, objects and lists too; of a list, the first element's."""
    for name, value in example.items():
        yield prefix + name, value
        if isinstance(value, dict):
            yield from leaves(value, f"{prefix}{name}.")
        elif isinstance(value, list) and isinstance(value[0], dict):
            yield from leaves(value[0], f"{prefix}{name}[].")

"""Text of many kinds, by Python's own modules where it has them."""

import configparser
import csv
import email.message
import io
import json
import mailbox
import os
import xml.etree.ElementTree as tree

PLAIN = "text/plain"
WEB = "text/html"
LETTER = "Straße nach München, März 1917\r\nLiebe Mutter,\r\nmir geht es gut. Größe und Grüße\r\n"

PUBLIC = {
    "2.0": '<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">',
    "3.2": '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">',
    "4.0": '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.0//EN" "http://www.w3.org/TR/REC-html40/strict.dtd">',
    "4.01": '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">',
    "5": "<!DOCTYPE html>",
    "none": "",
}
XHTML = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML {0}//EN" "http://www.w3.org/TR/{1}.dtd">
<html xmlns="http://www.w3.org/1999/xhtml"><head><title>1917</title></head><body><p>Letters</p></body></html>
"""


def make(corpus):
    encodings(corpus)
    pages(corpus)
    markup(corpus)
    values(corpus)
    messages(corpus)
    notations(corpus)


def encodings(corpus):
    rows = ["ascii ascii", "utf-8 utf-8", "utf-8-mark utf-8-sig", "latin-1 latin-1", "utf-16 utf-16"]
    for name, encoding in (row.split() for row in rows):
        content = LETTER.encode(encoding, "replace")
        corpus.write(f"letter-{name}.txt", "x-fmt/111", PLAIN, "Python's codecs", content)
    big = b"\xfe\xff" + LETTER.encode("utf-16-be")
    corpus.write("letter-utf-16-be.txt", "x-fmt/111", PLAIN, "Python's codecs", big)
    # Nothing but the bytes says that these are text.
    corpus.write("LETTER", "x-fmt/111", PLAIN, "by hand", LETTER)


def pages(corpus):
    puids = {"2.0": "fmt/97", "3.2": "fmt/98", "4.0": "fmt/99", "4.01": "fmt/100", "5": "fmt/471", "none": "fmt/96"}
    for version, declaration in PUBLIC.items():
        page = f"{declaration}\n<html><head><title>1917</title></head>\n<body><p>Letters</body></html>\n".lstrip()
        corpus.write(f"page-{version}.html", puids[version], WEB, "by hand", page)
    media_types = f"application/xhtml+xml {WEB} text/xml application/xml"
    corpus.write("page-x1.0.html", "fmt/102", media_types, "by hand", XHTML.format("1.0 Strict", "xhtml1/DTD/xhtml1"))
    corpus.write("page-x1.1.html", "fmt/103", media_types, "by hand", XHTML.format("1.1", "xhtml11/DTD/xhtml11"))


def element(name, attributes, *children):
    made = tree.Element(name, attributes)
    made.extend(children)
    return made


def markup(corpus):
    def write(name, puids, media_types, root, declaration='<?xml version="1.0" encoding="UTF-8"?>'):
        content = f"{declaration}\n{tree.tostring(root, encoding='unicode')}\n"
        corpus.write(name, puids, f"{media_types} application/xml text/xml", "Python's ElementTree", content)

    write("letters.xml", "fmt/101", "", element("letters", {"year": "1917"}))
    write("newer.xml", "fmt/1776", "", element("letters", {"year": "1917"}), "<?xml version=\"1.1\"?>")
    line = element("line", {"x2": "19", "y2": "17", "stroke": "black"})
    for version, puid in [("1.0", "fmt/91"), ("1.1", "fmt/92")]:
        drawing = element("svg", {"xmlns": "http://www.w3.org/2000/svg", "version": version}, line)
        write(f"line-{version}.svg", puid, "image/svg+xml", drawing)
    namespace = {"xmlns:xs": "http://www.w3.org/2001/XMLSchema"}
    schema = element("xs:schema", namespace, element("xs:element", {"name": "a"}))
    write("letters.xsd", "x-fmt/280", "", schema)
    track = {"xmlns": "http://www.topografix.com/GPX/1/1", "version": "1.1", "creator": "strongroom"}
    write("walk.gpx", "fmt/1134", "application/gpx+xml", element("gpx", track))
    title = element("title", {})
    title.text = "Letters"
    head, body = element("head", {}, title), element("body", {}, element("outline", {"text": "1917"}))
    outline = element("opml", {"version": "2.0"}, head, body)
    write("outline.opml", "fmt/1883", "text/x-opml", outline)
    edition = element("TEI", {"xmlns": "http://www.tei-c.org/ns/1.0"}, element("teiHeader", {}))
    write("edition.tei", "fmt/1476", "application/tei+xml", edition)


def values(corpus):
    place = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [-0.28, 51.48]}, "properties": {}}
    geographic = "application/geo+json application/json"
    corpus.write("kew.geojson", "fmt/1367", geographic, "Python's json", json.dumps(place))
    corpus.write("kew.json", "fmt/817", "application/json", "Python's json", json.dumps({"year": 1917}))
    lines = "".join(json.dumps({"year": year}) + "\n" for year in (1917, 1918))
    one_a_line = "application/jsonl application/x-ndjson application/json"
    corpus.write("kew.jsonl", "fmt/2054", one_a_line, "Python's json", lines)
    for name, dialect, puid in [("kew.csv", "excel", "x-fmt/18"), ("kew.tsv", "excel-tab", "x-fmt/13")]:
        memory = io.StringIO(newline="")
        csv.writer(memory, dialect).writerows([["year", "letters"], [1917, 12], [1918, 9]])
        registered = "text/csv" if puid == "x-fmt/18" else "text/tab-separated-values"
        corpus.write(name, puid, f"{registered} {PLAIN}", "Python's csv", memory.getvalue())
    settings = configparser.ConfigParser()
    settings["letters"] = {"year": "1917"}
    memory = io.StringIO()
    settings.write(memory)
    corpus.write("settings.ini", "x-fmt/421", PLAIN, "Python's configparser", memory.getvalue())
    corpus.write("settings.toml", "fmt/2065", f"application/toml {PLAIN}", "by hand", "[letters]\nyear = 1917\n")
    corpus.write("settings.yaml", "fmt/818", f"application/yaml {PLAIN}", "by hand", "letters:\n  - year: 1917\n")


def messages(corpus):
    message = email.message.EmailMessage()
    message["From"], message["To"] = "son@example.org", "mother@example.org"
    message["Subject"], message["Date"] = "Letter", "Sun, 04 Mar 1917 10:00:00 +0000"
    message.set_content("I am well.\n")
    # PRONOM tells the one with a MIME-Version header, and the other by its name.
    corpus.write("letter.eml", "fmt/950", "message/rfc822", "Python's email", bytes(message))
    del message["MIME-Version"]
    corpus.write("bare.eml", "fmt/278", "message/rfc822", "Python's email", bytes(message))
    path = corpus.file("letters.mbox", "fmt/720", "application/mbox", "Python's mailbox")
    if os.path.exists(path):
        os.remove(path)
    box = mailbox.mbox(path)
    kept = mailbox.mboxMessage(message)
    kept.set_from("son@example.org Sun Mar  4 10:00:00 1917")
    box.add(kept)
    box.close()
    event = "BEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:19170304T100000Z\r\nDTSTART:19170304T100000Z\r\nEND:VEVENT\r\n"
    calendar = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:strongroom\r\n{event}END:VCALENDAR\r\n"
    corpus.write("visit.ics", "fmt/388", "text/calendar", "by hand", calendar)
    for version, puid in [("2.1", "fmt/1879"), ("3.0", "fmt/1880"), ("4.0", "fmt/1881")]:
        card = f"BEGIN:VCARD\r\nVERSION:{version}\r\nN:Mother;;;;\r\nFN:Mother\r\nEND:VCARD\r\n"
        corpus.write(f"mother-{version}.vcf", puid, "text/vcard text/x-vcard", "by hand", card)


def notations(corpus):
    def write(name, puid, media_types, content):
        corpus.write(name, puid, f"{media_types} {PLAIN}".strip(), "by hand", content)

    write("talk.vtt", "fmt/1454", "text/vtt", "WEBVTT\n\n00:00.000 --> 00:02.000\nDear mother\n")
    write("talk.srt", "fmt/1218", "application/x-subrip", "1\n00:00:00,000 --> 00:00:02,000\nDear mother\n")
    write("letters.bib", "fmt/1616", "text/x-bibtex", "@book{letters,\n  title = {Letters},\n  year = {1917}\n}\n")
    write("letters.ris", "fmt/1899", "application/x-research-info-systems", "TY  - BOOK\r\nTI  - Letters\r\nER  - \r\n")
    write("paper.tex", "fmt/280", "text/x-tex application/x-tex",
          "\\documentclass{article}\n\\begin{document}\nLetters\n\\end{document}\n")
    write("notes.md", "fmt/1149", "text/markdown", "# Letters\n\n* 1917\n")
    write("house.css", "x-fmt/224", "text/css", "body { color: black }\n")
    write("house.js", "x-fmt/423", "text/javascript application/javascript", "console.log(1917);\n")
    write("letters.dtd", "x-fmt/315", "application/xml-dtd", "<!ELEMENT letters (letter*)>\n")
    write("letters.sql", "fmt/206", "application/sql", "create table letters (year integer);\n")
    write("letters.ttl", "fmt/874", "text/turtle", "@prefix : <http://example.org/> .\n:letters :year 1917 .\n")
    write("letters.py", "fmt/938", "text/x-python text/x-script.python", "print(1917)\n")
    postscript = "%!PS-Adobe-3.0\n%%Pages: 1\n%%EndComments\n72 720 moveto showpage\n%%EOF\n"
    write("page.ps", "x-fmt/408", "application/postscript", postscript)
    rich = "{\\rtf1\\ansi\\deff0{\\fonttbl{\\f0 Times;}}\\f0 Dear mother\\par}\n"
    write("letter.rtf", "fmt/45", "application/rtf text/rtf", rich)

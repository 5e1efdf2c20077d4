"""Documents: PDF, Office Open XML, OpenDocument, EPUB and the older ones of Excel, each by a library of its own."""

import docx
import openpyxl
import pikepdf
import pptx
import xlsxwriter
import xlwt
from ebooklib import epub
from odf import draw, opendocument, style, table, text
from reportlab.pdfgen import canvas

from images import picture

PDF = "application/pdf"
OPEN_XML = "application/vnd.openxmlformats-officedocument"
OPEN_DOCUMENT = "application/vnd.oasis.opendocument"


def make(corpus):
    pdf(corpus)
    open_xml(corpus)
    open_document(corpus)
    books(corpus)


def pdf(corpus):
    picture().save(corpus.file("picture.pdf", "fmt/18", PDF, "Pillow"))
    for minor, puid in [(3, "fmt/17"), (4, "fmt/18")]:
        page = canvas.Canvas(corpus.file(f"page-1.{minor}.pdf", puid, PDF, "ReportLab"), pdfVersion=(1, minor))
        page.drawString(72, 720, "A letter of 1917")
        page.save()
    versions = ["1.0 14", "1.1 15", "1.2 16", "1.5 19", "1.6 20", "1.7 276", "2.0 1129"]
    for version, number in (row.split() for row in versions):
        with pikepdf.new() as document:
            document.add_blank_page()
            path = corpus.file(f"blank-{version}.pdf", f"fmt/{number}", PDF, "pikepdf")
            document.save(path, force_version=version, linearize=version == "1.7")
    with pikepdf.new() as document:
        document.add_blank_page()
        lock = pikepdf.Encryption(owner="owner", user="user", R=6)
        document.save(corpus.file("locked.pdf", "fmt/276", PDF, "pikepdf"), encryption=lock, force_version="1.7")


def open_xml(corpus):
    document = docx.Document()
    document.add_heading("A letter", 1)
    document.save(corpus.file("letter.docx", "fmt/412", f"{OPEN_XML}.wordprocessingml.document", "python-docx"))

    workbook = openpyxl.Workbook()
    workbook.active["A1"] = "accounts"
    workbook.save(corpus.file("accounts.xlsx", "fmt/214", f"{OPEN_XML}.spreadsheetml.sheet", "openpyxl"))

    path = corpus.file("streamed.xlsx", "fmt/214", f"{OPEN_XML}.spreadsheetml.sheet", "XlsxWriter")
    workbook = xlsxwriter.Workbook(path, {"constant_memory": True})
    workbook.add_worksheet().write_row(0, 0, ["a", 1])
    workbook.close()

    slides = pptx.Presentation()
    slides.slides.add_slide(slides.slide_layouts[0]).shapes.title.text = "A talk"
    slides.save(corpus.file("talk.pptx", "fmt/215", f"{OPEN_XML}.presentationml.presentation", "python-pptx"))

    workbook = xlwt.Workbook()
    workbook.add_sheet("accounts").write(0, 0, 1917)
    workbook.save(corpus.file("accounts.xls", "fmt/61", "application/vnd.ms-excel", "xlwt"))


def open_document(corpus):
    letter = opendocument.OpenDocumentText()
    letter.text.addElement(text.P(text="A letter"))
    letter.save(corpus.file("letter.odt", "fmt/291", f"{OPEN_DOCUMENT}.text", "odfpy"))

    accounts = opendocument.OpenDocumentSpreadsheet()
    sheet, row = table.Table(name="accounts"), table.TableRow()
    for amount in (19, 17):
        cell = table.TableCell(valuetype="float", value=amount)
        cell.addElement(text.P(text=str(amount)))
        row.addElement(cell)
    sheet.addElement(row)
    accounts.spreadsheet.addElement(sheet)
    accounts.save(corpus.file("accounts.ods", "fmt/295", f"{OPEN_DOCUMENT}.spreadsheet", "odfpy"))

    for document, name, puid, kind in [
        (opendocument.OpenDocumentPresentation(), "talk.odp", "fmt/293", "presentation"),
        (opendocument.OpenDocumentDrawing(), "plan.odg", "fmt/297", "graphics"),
    ]:
        layout = style.PageLayout(name="layout")
        document.automaticstyles.addElement(layout)
        master = style.MasterPage(name="master", pagelayoutname=layout)
        document.masterstyles.addElement(master)
        body = getattr(document, "presentation" if kind == "presentation" else "drawing")
        body.addElement(draw.Page(masterpagename=master))
        document.save(corpus.file(name, puid, f"{OPEN_DOCUMENT}.{kind}", "odfpy"))


def books(corpus):
    book = epub.EpubBook()
    book.set_identifier("strongroom")
    book.set_title("Letters")
    chapter = epub.EpubHtml(title="1917", file_name="1917.xhtml", content="<h1>1917</h1>")
    book.add_item(chapter)
    book.toc, book.spine = [chapter], ["nav", chapter]
    book.add_item(epub.EpubNcx())
    book.add_item(epub.EpubNav())
    epub.write_epub(corpus.file("letters.epub", "fmt/483", "application/epub+zip", "EbookLib"), book)

"""What LibreOffice makes of the documents that other libraries have written: all in one run of it."""

import os
import signal
import subprocess
import tempfile
from xml.sax.saxutils import escape

# Seconds after which LibreOffice is given up.
WAIT_SECONDS = 120

MS = "application/vnd.ms-"
OPEN_XML = "application/vnd.openxmlformats-officedocument"
OPEN_DOCUMENT = "application/vnd.oasis.opendocument"
FLAT = "application/xml text/xml"

# Source, file, filter, its option, what PRONOM calls the file, media types.
ROWS = [
    ("letter.odt", "97.doc", "MS Word 97", "", "fmt/40", "application/msword"),
    ("letter.odt", "97.dot", "MS Word 97 Vorlage", "", "x-fmt/45", "application/msword"),
    ("letter.odt", "locked.doc", "MS Word 97", "Password", "fmt/754", "application/msword"),
    ("letter.odt", "2007.docx", "MS Word 2007 XML", "", "fmt/412", f"{OPEN_XML}.wordprocessingml.document"),
    ("letter.odt", "2007.dotx", "MS Word 2007 XML Template", "", "fmt/597", f"{OPEN_XML}.wordprocessingml.template"),
    ("letter.odt", "2007.docm", "MS Word 2007 XML VBA", "", "fmt/523", f"{MS}word.document.macroEnabled.12"),
    ("letter.odt", "written.rtf", "Rich Text Format", "", "fmt/45", "application/rtf text/rtf"),
    ("letter.odt", "written.odt", "writer8", "", "fmt/1756 fmt/2044", f"{OPEN_DOCUMENT}.text"),
    ("letter.odt", "written.ott", "writer8_template", "", "fmt/1756 fmt/2044",
     f"{OPEN_DOCUMENT}.text-template {OPEN_DOCUMENT}.text"),
    ("letter.odt", "written.fodt", "OpenDocument Text Flat XML", "", "fmt/101",
     f"{OPEN_DOCUMENT}.text-flat-xml {FLAT}"),
    ("letter.odt", "written.html", "HTML (StarWriter)", "", "fmt/471 fmt/100", "text/html"),
    ("letter.odt", "written.txt", "Text", "", "x-fmt/111", "text/plain"),
    ("letter.odt", "written.epub", "EPUB", "", "fmt/483", "application/epub+zip"),
    ("letter.odt", "written.pdf", "writer_pdf_Export", "", "fmt/20 fmt/276", "application/pdf"),
    ("letter.odt", "archival-1a.pdf", "writer_pdf_Export", "1", "fmt/95", "application/pdf"),
    ("letter.odt", "archival-2b.pdf", "writer_pdf_Export", "2", "fmt/477", "application/pdf"),
    ("letter.odt", "archival-3b.pdf", "writer_pdf_Export", "3", "fmt/480", "application/pdf"),
    ("accounts.ods", "97.xls", "MS Excel 97", "", "fmt/61", f"{MS}excel"),
    # LibreOffice writes no TEMPLATE record, which alone tells a template from a workbook.
    ("accounts.ods", "97.xlt", "MS Excel 97 Vorlage/Template", "", "fmt/61", f"{MS}excel"),
    ("accounts.ods", "2007.xlsx", "Calc MS Excel 2007 XML", "", "fmt/214", f"{OPEN_XML}.spreadsheetml.sheet"),
    ("accounts.ods", "2007.xltx", "Calc MS Excel 2007 XML Template", "", "fmt/598",
     f"{OPEN_XML}.spreadsheetml.template"),
    ("accounts.ods", "2007.xlsm", "Calc MS Excel 2007 VBA XML", "", "fmt/445", f"{MS}excel.sheet.macroEnabled.12"),
    ("accounts.ods", "written.ods", "calc8", "", "fmt/1755 fmt/2045", f"{OPEN_DOCUMENT}.spreadsheet"),
    # PRONOM's signature wants CR LF at the line ends; LF alone leaves the name, which VisiCalc has as well.
    ("accounts.ods", "written.dif", "DIF", "", "x-fmt/41 x-fmt/368", "application/x-dif text/plain"),
    ("accounts.ods", "written.csv", "Text - txt - csv (StarCalc)", "", "x-fmt/18", "text/csv text/plain"),
    ("talk.odp", "97.ppt", "MS PowerPoint 97", "", "fmt/126", f"{MS}powerpoint"),
    ("talk.odp", "2007.pptx", "Impress MS PowerPoint 2007 XML", "", "fmt/215",
     f"{OPEN_XML}.presentationml.presentation"),
    # LibreOffice 7.4 declares it a presentation inside, whatever its name says.
    ("talk.odp", "2007.ppsx", "Impress MS PowerPoint 2007 XML AutoPlay", "", "fmt/215 fmt/629",
     f"{OPEN_XML}.presentationml.presentation {OPEN_XML}.presentationml.slideshow"),
    ("talk.odp", "2007.potx", "Impress MS PowerPoint 2007 XML Template", "", "fmt/631",
     f"{OPEN_XML}.presentationml.template"),
    ("talk.odp", "2007.pptm", "Impress MS PowerPoint 2007 XML VBA", "", "fmt/487",
     f"{MS}powerpoint.presentation.macroEnabled.12"),
    ("talk.odp", "written.odp", "impress8", "", "fmt/1754 fmt/2046", f"{OPEN_DOCUMENT}.presentation"),
    ("plan.odg", "written.odg", "draw8", "", "fmt/1753 fmt/2048", f"{OPEN_DOCUMENT}.graphics"),
    ("plan.odg", "written.svg", "draw_svg_Export", "", "fmt/92 fmt/413", "image/svg+xml"),
    ("plan.odg", "written.emf", "draw_emf_Export", "", "fmt/344 fmt/345 x-fmt/153", "image/emf"),
    ("plan.odg", "written.wmf", "draw_wmf_Export", "", "x-fmt/119", "image/wmf"),
]

BASIC = """
Sub Run(listPath As String)
  Dim row As String, document As Object, opened As String, cells
  Dim handle As Integer
  On Error Goto Failed
  handle = FreeFile
  Open listPath For Input As #handle
  Do While Not Eof(handle)
    Line Input #handle, row
    cells = Split(row, Chr(9))
    If cells(0) <> opened Then
      If opened <> "" Then document.close(True)
      document = StarDesktop.loadComponentFromURL(ConvertToURL(cells(0)), "_blank", 0, Array(Value("Hidden", True)))
      opened = cells(0)
    End If
    If cells(3) = "" Then
      document.storeToURL(ConvertToURL(cells(1)), Array(Value("FilterName", cells(2))))
    ElseIf cells(3) = "Password" Then
      document.storeToURL(ConvertToURL(cells(1)), Array(Value("FilterName", cells(2)), Value("Password", "1917")))
    Else
      document.storeToURL(ConvertToURL(cells(1)), _
        Array(Value("FilterName", cells(2)), Value("FilterData", PdfVersion(CLng(cells(3))))))
    End If
  Loop
  Close #handle
  document.close(True)
  StarDesktop.terminate()
  Exit Sub
Failed:
  ' Nobody is there to answer a question about it: the file that was not made tells what failed.
  StarDesktop.terminate()
End Sub

Function PdfVersion(number As Long)
  Dim choice(0) As New com.sun.star.beans.PropertyValue
  choice(0).Name = "SelectPdfVersion"
  choice(0).Value = number
  PdfVersion = choice()
End Function

Function Value(name As String, content) As com.sun.star.beans.PropertyValue
  Dim made As New com.sun.star.beans.PropertyValue
  made.Name = name
  made.Value = content
  Value = made
End Function
"""

LIBRARIES = """<?xml version="1.0" encoding="UTF-8"?>
<library:libraries xmlns:library="http://openoffice.org/2000/library" xmlns:xlink="http://www.w3.org/1999/xlink">
 <library:library library:name="Standard" xlink:href="$(USER)/basic/Standard/{0}.xlb/" xlink:type="simple"
  library:link="false"/>
</library:libraries>
"""
LIBRARY = """<?xml version="1.0" encoding="UTF-8"?>
<library:library xmlns:library="http://openoffice.org/2000/library" library:name="Standard" library:readonly="false"
 library:passwordprotected="false">{0}</library:library>
"""
MODULE = """<?xml version="1.0" encoding="UTF-8"?>
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Convert" script:language="StarBasic"
>{0}</script:module>
"""


def make(corpus):
    with tempfile.TemporaryDirectory() as home:
        listing = os.path.join(home, "rows")
        with open(listing, "w", encoding="utf-8") as target:
            for source, name, form, option, puids, media_types in ROWS:
                path = corpus.file(name, puids, media_types, "LibreOffice")
                target.write(f"{os.path.join(corpus.folder, source)}\t{path}\t{form}\t{option}\n")
        # The first start fills the profile, and would write over the macro.
        run(home, "--terminate_after_init")
        install_macro(os.path.join(home, "user", "basic"))
        run(home, f"macro:///Standard.Convert.Run({listing})")


def run(home, argument):
    command = ["soffice", f"-env:UserInstallation=file://{home}", "--headless", "--norestore", argument]
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    # `soffice` starts others: all of them are ended when they take too long.
    with subprocess.Popen(command, start_new_session=True, **options) as office:
        try:
            office.wait(WAIT_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(office.pid, signal.SIGKILL)
            raise


def install_macro(folder):
    os.makedirs(os.path.join(folder, "Standard"), exist_ok=True)
    files = {
        "script.xlc": LIBRARIES.format("script"),
        "dialog.xlc": LIBRARIES.format("dialog"),
        "Standard/script.xlb": LIBRARY.format('<library:element library:name="Convert"/>'),
        "Standard/dialog.xlb": LIBRARY.format(""),
        "Standard/Convert.xba": MODULE.format(escape(BASIC)),
    }
    for name, content in files.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as target:
            target.write(content)

"""Databases, measurements, maps and catalogue records, each by a library of its own."""

import datetime
import sqlite3
import zipfile

import h5py
import pydicom
import pymarc
import shapefile
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage

KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Placemark><name>Kew</name>
<Point><coordinates>-0.28,51.48,0</coordinates></Point></Placemark></kml>
"""


def make(corpus):
    path = corpus.file("register.sqlite", "fmt/729", "application/vnd.sqlite3 application/x-sqlite3", "SQLite")
    with sqlite3.connect(path) as database:
        database.execute("create table letters (year integer)")
    database.close()
    measurements(corpus)
    maps(corpus)
    catalogue(corpus)
    patient(corpus)


def measurements(corpus):
    # The versions that PRONOM tells are those of the superblock; the newest is none of them, but the name helps.
    hdf = "application/x-hdf5 application/x-hdf"
    rows = [("0", ("earliest", "v108"), "fmt/807"), ("2", ("v108", "v108"), "fmt/287")]
    rows.append(("3", ("latest", "latest"), "fmt/807 fmt/286 fmt/287"))
    for version, bounds, puids in rows:
        path = corpus.file(f"superblock-{version}.h5", puids, hdf, "HDF5")
        with h5py.File(path, "w", libver=bounds) as target:
            target["temperature"] = [14.5, 15.0]


def maps(corpus):
    path = corpus.file("kew.shp", "x-fmt/235", "application/vnd.shp application/x-esri-shape", "pyshp")
    corpus.file("kew.shx", "fmt/277", "application/vnd.shx application/x-esri-shape", "pyshp")
    corpus.file("kew.dbf", "x-fmt/9", "application/vnd.dbf application/x-dbf application/dbase", "pyshp")
    with shapefile.Writer(path) as target:
        target.field("name", "C", size=20)
        target.point(-0.28, 51.48)
        target.record("Kew")
    kml = "application/vnd.google-earth.kml+xml application/xml text/xml"
    corpus.write("kew.kml", "fmt/244", kml, "by hand", KML)
    path = corpus.file("kew.kmz", "fmt/724", "application/vnd.google-earth.kmz", "Python's zipfile")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("doc.kml", KML)


def catalogue(corpus):
    record = pymarc.Record()
    title = pymarc.Subfield(code="a", value="Letters of 1917")
    record.add_field(pymarc.Field(tag="245", indicators=["0", "0"], subfields=[title]))
    # PRONOM has no such format; nothing else may be said.
    corpus.write("catalogue.mrc", "-", "application/marc", "pymarc", record.as_marc())
    marc_xml = b'<?xml version="1.0" encoding="UTF-8"?>\n' + pymarc.record_to_xml(record, namespace=True)
    corpus.write("catalogue.xml", "fmt/101", "application/xml text/xml application/marcxml+xml", "pymarc", marc_xml)


def patient(corpus):
    meta = pydicom.dataset.FileMetaDataset()
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = "1.2.826.0.1.3680043.8.498.1917"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    scan = pydicom.dataset.FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    scan.SOPClassUID, scan.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    scan.StudyDate = datetime.date(1917, 3, 4).strftime("%Y%m%d")
    scan.save_as(corpus.file("scan.dcm", "fmt/574", "application/dicom", "pydicom"), enforce_file_format=True)

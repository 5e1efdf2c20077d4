"""Drawings, models, fonts and programs: ezdxf, fontTools, the C compiler, what setuptools brings."""

import importlib.util
import json
import os
import platform
import shutil
import struct
import subprocess

import ezdxf
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.ttGlyphPen import TTGlyphPen

DXF = "image/vnd.dxf application/dxf application/x-dxf"
PROGRAM = "application/vnd.microsoft.portable-executable application/x-dosexec"


def make(corpus):
    plans(corpus)
    models(corpus)
    fonts(corpus)
    programs(corpus)


def plans(corpus):
    versions = ["R12 75", "R2000 78", "R2004 79", "R2007 433", "R2010 435", "R2013 532", "R2018 1389"]
    for version, number in (row.split() for row in versions):
        plan = ezdxf.new(version)
        plan.modelspace().add_line((0, 0), (19, 17))
        plan.saveas(corpus.file(f"plan-{version}.dxf", f"fmt/{number}", DXF, "ezdxf"))


def models(corpus):
    scene = {"asset": {"version": "2.0", "generator": "strongroom"}, "scenes": [{"nodes": []}]}
    corpus.write("scene.gltf", "fmt/1315", "model/gltf+json application/json", "by hand", json.dumps(scene, indent=2))
    chunk = json.dumps(scene).encode()
    chunk += b" " * (-len(chunk) % 4)
    header = struct.pack("<4sIIII", b"glTF", 2, 20 + len(chunk), len(chunk), 0x4E4F534A)
    corpus.write("scene.glb", "fmt/1316", "model/gltf-binary", "by hand", header + chunk)
    facet = "facet normal 0 0 1\n outer loop\n  vertex 0 0 0\n  vertex 1 0 0\n  vertex 0 1 0\n endloop\nendfacet\n"
    corner = f"solid corner\n{facet}endsolid corner\n"
    corpus.write("corner.stl", "x-fmt/108", "model/stl text/plain", "by hand", corner)


def square(pen):
    pen.moveTo((100, 0))
    for point in [(100, 700), (500, 700), (500, 0)]:
        pen.lineTo(point)
    pen.closePath()
    return pen


def font(is_true_type):
    """Returns a font of two squares."""
    builder = FontBuilder(1000, isTTF=is_true_type)
    names = [".notdef", "A"]
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({65: "A"})
    if is_true_type:
        builder.setupGlyf({name: square(TTGlyphPen(None)).glyph() for name in names})
    else:
        shapes = {name: square(T2CharStringPen(600, None)).getCharString() for name in names}
        builder.setupCFF("Square-Regular", {}, shapes, {})
    builder.setupHorizontalMetrics({name: (600, 100) for name in names})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Square", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    return builder.font


def fonts(corpus):
    true_type = font(True)
    true_type.save(corpus.file("square.ttf", "x-fmt/453", "font/ttf font/sfnt", "fontTools"))
    font(False).save(corpus.file("square.otf", "fmt/520", "font/otf application/vnd.ms-opentype", "fontTools"))
    for flavor, puid in [("woff", "fmt/616"), ("woff2", "fmt/1172")]:
        true_type.flavor = flavor
        true_type.save(corpus.file(f"square.{flavor}", puid, f"font/{flavor}", "fontTools"))


def programs(corpus):
    launchers = os.path.dirname(importlib.util.find_spec("setuptools").origin)
    for bits, puid in [("32", "fmt/899"), ("64", "fmt/900")]:
        path = corpus.file(f"launcher-{bits}.exe", puid, PROGRAM, "setuptools")
        shutil.copyfile(os.path.join(launchers, f"cli-{bits}.exe"), path)
    source = corpus.file("main.c", "fmt/1768", "text/x-c text/plain", "by hand")
    with open(source, "w", encoding="utf-8") as target:
        target.write("int main(void)\n{\n    return 0;\n}\n")
    is_known = platform.machine() in ("x86_64", "aarch64")
    elf = "fmt/690" if is_known else "fmt/688 fmt/689 fmt/690 fmt/691"
    compiled = corpus.file("main.o", elf, "application/x-object", "the C compiler")
    subprocess.run(["cc", "-c", "-o", compiled, source], check=True)
    linked = corpus.file("main.elf", elf, "application/x-pie-executable application/x-executable", "the C compiler")
    subprocess.run(["cc", "-o", linked, source], check=True)

"""Small pictures and pages of the formats that archives are full of, made with the standard library alone."""

import math
import struct
import zlib


def harbour(x, y):
    """Returns how bright a point is, 0 to 255; both co-ordinates run from 0 to 1."""
    sun = 90 * math.exp(-(((x - 0.7) ** 2 + (y - 0.3) ** 2) * 60))
    if y < 0.6:
        return min(255, 120 + 80 * y + sun)
    waves = 25 * math.sin(40 * y + 6 * math.sin(9 * x))
    return max(0, 90 - 40 * (y - 0.6) + waves)


def lighthouse(x, y):
    """Returns how bright a point is, 0 to 255; both co-ordinates run from 0 to 1."""
    if abs(x - 0.5) < 0.06 + 0.08 * y and y > 0.25:
        return 230 if int(y * 10) % 2 else 40
    return 60 + 120 * (1 - y)


def samples(width, height, scene):
    return [[int(scene(x / width, y / height)) for x in range(width)] for y in range(height)]


def png(width, height, scene):
    """Returns a PNG in shades of grey, its data stored and not compressed: compressors differ between versions."""
    rows = b"".join(b"\0" + bytes(row) for row in samples(width, height, scene))
    blocks = [rows[at : at + 65535] for at in range(0, len(rows), 65535)]
    stored = b"".join(
        struct.pack("<BHH", number == len(blocks) - 1, len(block), len(block) ^ 0xFFFF) + block
        for number, block in enumerate(blocks)
    )
    data = b"\x78\x01" + stored + struct.pack(">I", zlib.adler32(rows))

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


# ITU-T T.81, Annex K: the quantisation of table K.1 and the Huffman codes of tables K.3 and K.5.
QUANTISATION = (
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51,
    87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101,
    72, 92, 95, 98, 112, 100, 103, 99,
)  # fmt: skip
DC_COUNTS = (0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0)
DC_VALUES = bytes(range(12))
AC_COUNTS = (0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125)
AC_VALUES = bytes.fromhex(
    "01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435363738"
    "393a434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5"
    "a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa"
)
# The order in which a block is read: diagonal after diagonal, every other one upwards.
ZIGZAG = sorted(range(64), key=lambda at: (at // 8 + at % 8, at // 8 if (at // 8 + at % 8) % 2 else at % 8))


def codes(counts, values):
    """Returns each value's code and its length in bits (T.81, Annex C)."""
    table, code, at = {}, 0, 0
    for length, count in enumerate(counts, start=1):
        for value in values[at : at + count]:
            table[value] = (code, length)
            code += 1
        code, at = code << 1, at + count
    return table


def coefficients(block):
    """Returns the quantised cosine transform of eight rows of eight samples, in the order of the file (T.81, A.3.3)."""

    def scale(at):
        return math.sqrt(0.125) if at == 0 else 0.5

    def at(v, u):
        total = sum(
            (block[y][x] - 128) * math.cos((2 * x + 1) * u * math.pi / 16) * math.cos((2 * y + 1) * v * math.pi / 16)
            for y in range(8)
            for x in range(8)
        )
        return round(scale(u) * scale(v) * total / QUANTISATION[8 * v + u])

    return [at(*divmod(place, 8)) for place in ZIGZAG]


def entropy_coded(blocks):
    """Returns the blocks as Huffman codes (T.81, Annex F), with a stuffed zero behind every byte 0xFF."""
    dc, ac, bits, before = codes(DC_COUNTS, DC_VALUES), codes(AC_COUNTS, AC_VALUES), [], 0

    def put(code, length):
        bits.append(format(code, f"0{length}b") if length else "")

    def amplitude(value):
        size = abs(value).bit_length()
        put(value if value >= 0 else value + (1 << size) - 1, size)

    for block in blocks:
        difference, before = block[0] - before, block[0]
        put(*dc[abs(difference).bit_length()])
        amplitude(difference)
        zeros = 0
        for value in block[1:]:
            if value == 0:
                zeros += 1
                continue
            for _ in range(zeros // 16):
                put(*ac[0xF0])
            put(*ac[(zeros % 16) << 4 | abs(value).bit_length()])
            amplitude(value)
            zeros = 0
        if zeros:
            put(*ac[0x00])
    text = "".join(bits)
    text += "1" * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8, "big").replace(b"\xff", b"\xff\0")


def jpeg(width, height, scene):
    """Returns a baseline JPEG in shades of grey; both lengths are multiples of eight."""
    rows = samples(width, height, scene)
    blocks = [
        coefficients([row[x : x + 8] for row in rows[y : y + 8]])
        for y in range(0, height, 8)
        for x in range(0, width, 8)
    ]

    def segment(marker, content):
        return b"\xff" + bytes([marker]) + struct.pack(">H", len(content) + 2) + content

    return b"".join([
        b"\xff\xd8",
        segment(0xE0, b"JFIF\0" + struct.pack(">BBBHHBB", 1, 1, 1, 72, 72, 0, 0)),
        segment(0xDB, b"\0" + bytes(QUANTISATION[place] for place in ZIGZAG)),
        segment(0xC0, struct.pack(">BHHBBBB", 8, height, width, 1, 1, 0x11, 0)),
        segment(0xC4, b"\x00" + bytes(DC_COUNTS) + DC_VALUES),
        segment(0xC4, b"\x10" + bytes(AC_COUNTS) + AC_VALUES),
        segment(0xDA, struct.pack(">BBBBBB", 1, 1, 0, 0, 63, 0)),
        entropy_coded(blocks),
        b"\xff\xd9",
    ])  # fmt: skip


def pdf(lines):
    """Returns a PDF 1.4 of one page with these lines of Latin text."""
    text = "".join(f"({line}) Tj 0 -24 Td\n" for line in lines)
    content = f"BT /F1 18 Tf 72 720 Td\n{text}ET\n"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        " /Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(content)} >>\nstream\n{content}endstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, places = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    trailer = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    return out + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{trailer}".encode("latin-1")

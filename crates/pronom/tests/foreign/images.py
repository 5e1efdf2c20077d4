"""Images, by Pillow."""

import io

from PIL import Image, ImageCms, TiffImagePlugin
from PIL.PngImagePlugin import PngInfo

TIFF = "image/tiff"


def picture(mode="RGB", size=(64, 48)):
    """Returns a picture with enough in it to compress."""
    image = Image.new("RGB", size)
    image.putdata([(x * 4 % 256, y * 5 % 256, (x * y) % 256) for y in range(size[1]) for x in range(size[0])])
    return image.convert(mode)


def make(corpus):
    png(corpus)
    jpeg(corpus)
    tiff(corpus)
    plain(corpus)
    photographs(corpus)


def png(corpus):
    # PRONOM tells the versions by the chunks that each brought: colour profiles, then text in UTF-8.
    picture().save(corpus.file("plain.png", "fmt/11", "image/png", "Pillow"))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture().save(corpus.file("profile.png", "fmt/12", "image/png", "Pillow"), icc_profile=profile)
    text = PngInfo()
    text.add_itxt("Title", "Straße", lang="de")
    picture().save(corpus.file("text.png", "fmt/13", "image/png", "Pillow"), pnginfo=text)
    frames = [picture().rotate(90)]
    animated = corpus.file("animated.png", "fmt/935", "image/apng image/png image/vnd.mozilla.apng", "Pillow")
    picture().save(animated, save_all=True, append_images=frames)


def exif(version):
    tags = Image.Exif()
    tags[0x010F] = "Strongroom"
    tags.get_ifd(0x8769)[0x9000] = version
    return tags


def jpeg(corpus):
    picture().save(corpus.file("jfif.jpg", "fmt/43", "image/jpeg", "Pillow"), dpi=(72, 72))
    for version, puid in [(b"0210", "x-fmt/390"), (b"0220", "x-fmt/391"), (b"0221", "fmt/645")]:
        memory = io.BytesIO()
        picture().save(memory, "JPEG", exif=exif(version))
        content = memory.getvalue()
        # Cameras write the Exif segment first, as its standard demands; Pillow puts that of JFIF before it.
        assert content[2:4] == b"\xff\xe0"
        length = int.from_bytes(content[4:6], "big")
        corpus.write(f"exif-{version.decode()}.jpg", puid, "image/jpeg", "Pillow", content[:2] + content[4 + length :])
    picture("CMYK").save(corpus.file("adobe.jpg", "fmt/41", "image/jpeg", "Pillow"))


def tiff(corpus):
    picture().save(corpus.file("little.tif", "fmt/353", TIFF, "Pillow"))
    Image.frombytes("I;16B", (8, 8), bytes(range(128))).save(corpus.file("big.tif", "fmt/353", TIFF, "Pillow"))
    picture().save(corpus.file("lzw.tif", "fmt/353", TIFF, "Pillow"), compression="tiff_lzw")
    pages = [picture("1")]
    picture("1").save(corpus.file("fax.tif", "fmt/353", TIFF, "Pillow"), compression="group4", save_all=True,
                      append_images=pages)
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[33550], tags.tagtype[33550] = (1.0, 1.0, 0.0), 12
    tags[33922], tags.tagtype[33922] = (0.0, 0.0, 0.0, 9.0, 48.0, 0.0), 12
    tags[34735], tags.tagtype[34735] = (1, 1, 0, 1, 1024, 0, 1, 2), 3
    picture().save(corpus.file("geo.tif", "fmt/155", TIFF, "Pillow"), tiffinfo=tags)
    # A BigTIFF has the first directory of this one behind its header, as all that Zoomify writes: PRONOM takes it for
    # one of those, and gives that format priority.
    picture().save(corpus.file("beyond-4-gb.tif", "fmt/898", TIFF, "Pillow"), big_tiff=True)


def plain(corpus):
    picture("P").save(corpus.file("old.gif", "fmt/3", "image/gif", "Pillow"))
    picture("P").save(corpus.file("new.gif", "fmt/4", "image/gif", "Pillow"), save_all=True,
                      append_images=[picture("P").rotate(180)], duration=100, loop=0)
    picture().save(corpus.file("windows.bmp", "fmt/116", "image/bmp image/x-ms-bmp", "Pillow"))
    picture().save(corpus.file("window.ico", "x-fmt/418", "image/vnd.microsoft.icon image/x-icon", "Pillow"))
    picture("RGB", (64, 64)).save(corpus.file("apple.icns", "fmt/1185", "image/icns image/x-icns", "Pillow"))
    picture().save(corpus.file("targa.tga", "fmt/402", "image/x-tga", "Pillow"))
    picture().save(corpus.file("brush.pcx", "fmt/90", "image/vnd.zbrush.pcx image/x-pcx image/pcx", "Pillow"))
    picture().save(corpus.file("colour.ppm", "fmt/408", "image/x-portable-pixmap", "Pillow"))
    picture("L").save(corpus.file("grey.pgm", "fmt/406", "image/x-portable-graymap image/x-portable-greymap", "Pillow"))
    picture("1").save(corpus.file("ink.pbm", "fmt/409", "image/x-portable-bitmap", "Pillow"))
    picture("RGB").save(corpus.file("iris.rgb", "x-fmt/140", "image/sgi image/x-sgi image/x-sgi-bw", "Pillow"))
    picture("RGBA").save(corpus.file("texture.dds", "fmt/1040", "image/vnd.ms-dds image/x-dds", "Pillow"))
    picture("1").save(corpus.file("window.xbm", "x-fmt/207", "image/x-xbitmap image/x-xbm", "Pillow"))
    picture("1").save(corpus.file("paint.msp", "x-fmt/214", "image/x-msp", "Pillow"))
    picture().save(corpus.file("print.eps", "fmt/124", "application/postscript image/x-eps", "Pillow"))


def photographs(corpus):
    picture().save(corpus.file("lossy.webp", "fmt/566", "image/webp", "Pillow"))
    picture().save(corpus.file("lossless.webp", "fmt/567", "image/webp", "Pillow"), lossless=True)
    picture().save(corpus.file("exif.webp", "fmt/568", "image/webp", "Pillow"), exif=exif(b"0220"))
    picture().save(corpus.file("part-1.jp2", "x-fmt/392", "image/jp2", "Pillow"))
    picture().save(corpus.file("stream.j2k", "fmt/1794", "image/j2c image/x-jp2-codestream", "Pillow"), no_jp2=True)
    picture().save(corpus.file("av1.avif", "fmt/2062", "image/avif", "Pillow"))
    # PRONOM has no such format; nothing else may be said.
    picture().save(corpus.file("quite-ok.qoi", "-", "image/qoi image/x-qoi", "Pillow"))

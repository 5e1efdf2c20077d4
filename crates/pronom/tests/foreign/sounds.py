"""Sounds: by libsndfile, Python's own `wave`, and mido."""

import wave

import mido
import numpy
import soundfile

RATE = 44_100
WAVES = "audio/vnd.wave audio/wav audio/x-wav audio/wave"


def tone():
    """Returns a tenth of a second of a tone."""
    return 0.5 * numpy.sin(numpy.arange(RATE // 10) * 2 * numpy.pi * 440 / RATE)


def make(corpus):
    with wave.open(corpus.file("tone.wav", "fmt/141", WAVES, "Python's wave"), "wb") as target:
        target.setnchannels(1)
        target.setsampwidth(2)
        target.setframerate(RATE)
        target.writeframes((tone() * 32_000).astype("<i2").tobytes())
    rows = [
        ("extensible.wav", "WAVEX", "PCM_24", "fmt/143", WAVES),
        # Neither PCM nor a format block of more than 16 bytes: none of the subtypes that PRONOM has.
        ("float.wav", "WAV", "FLOAT", "fmt/6", WAVES),
        ("telephone.wav", "WAV", "ULAW", "fmt/142", WAVES),
        ("beyond-4-gb.rf64", "RF64", "PCM_16", "fmt/712", WAVES),
        ("foundry.w64", "W64", "PCM_16", "fmt/951", "audio/x-w64"),
        ("tone.aiff", "AIFF", "PCM_16", "fmt/414", "audio/x-aiff audio/aiff"),
        ("float.aifc", "AIFF", "FLOAT", "x-fmt/136", "audio/x-aiff audio/aiff"),
        ("tone.au", "AU", "PCM_16", "x-fmt/139", "audio/basic"),
        ("tone.caf", "CAF", "PCM_16", "fmt/416", "audio/x-caf"),
        ("blaster.voc", "VOC", "PCM_U8", "fmt/1736", "audio/x-voc"),
        ("amiga.8svx", "SVX", "PCM_S8", "fmt/339", "audio/x-8svx audio/8svx"),
        ("level-5.mat", "MAT5", "PCM_16", "fmt/806", "application/x-matlab-data"),
        ("level-4.mat", "MAT4", "PCM_16", "fmt/1550", "application/x-matlab-data"),
        ("tone.flac", "FLAC", "PCM_16", "fmt/279", "audio/flac audio/x-flac"),
        ("vorbis.ogg", "OGG", "VORBIS", "fmt/203", "audio/ogg"),
        ("opus.opus", "OGG", "OPUS", "fmt/946", "audio/ogg audio/opus"),
        ("tone.mp3", "MP3", "MPEG_LAYER_III", "fmt/134", "audio/mpeg"),
    ]
    for name, form, subtype, puid, media_types in rows:
        rate = 48_000 if subtype == "OPUS" else RATE
        path = corpus.file(name, puid, media_types, "libsndfile")
        soundfile.write(path, tone(), rate, format=form, subtype=subtype)
    score = mido.MidiFile()
    track = mido.MidiTrack()
    score.tracks.append(track)
    track.append(mido.Message("note_on", note=60, time=0))
    track.append(mido.Message("note_off", note=60, time=480))
    score.save(corpus.file("score.mid", "x-fmt/230", "audio/midi audio/x-midi", "mido"))

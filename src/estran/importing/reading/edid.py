"""What a screen says of itself: the 128 bytes (EDID, VESA E-EDID 1.4) that an inventory agent keeps as base64."""

import base64
import binascii
import math
import struct
from dataclasses import dataclass

_HEADER = b"\x00\xff\xff\xff\xff\xff\xff\x00"
_SERIAL, _NAME = 0xFF, 0xFC
_MM_PER_INCH = 25.4


@dataclass(frozen=True)
class Edid:
    """Three letters of the maker, model name, serial number (empty when not there); diagonal in inches, to a tenth."""

    maker_id: str
    name: str
    serial: str
    inches: float | None


def decode_edid(text: str) -> Edid | None:
    """What the base64 of an EDID says, or None when it is none."""
    try:
        data = base64.b64decode(text, validate=False)
    except (binascii.Error, ValueError):
        return None
    if len(data) < 128 or not data.startswith(_HEADER):
        return None
    letters = int.from_bytes(data[8:10], "big")
    maker_id = "".join(chr(64 + (letters >> shift & 31)) for shift in (10, 5, 0))
    blocks = [data[place : place + 18] for place in range(54, 126, 18)]
    texts = {block[3]: _read_text(block[5:]) for block in blocks if block[:3] == b"\x00\x00\x00"}
    number = struct.unpack_from("<I", data, 12)[0]
    serial = texts.get(_SERIAL, "") or (f"{number:08x}" if number not in (0, 0x01010101, 0xFFFFFFFF) else "")
    return Edid(maker_id, texts.get(_NAME, ""), serial, _diagonal(data, blocks[0]))


def _read_text(block: bytes) -> str:
    """The text of a descriptor, which ends at a line feed."""
    text = block.split(b"\n")[0].decode("cp437", errors="replace")
    return "".join(sign for sign in text if sign.isprintable()).strip()


def _diagonal(data: bytes, timing: bytes) -> float | None:
    """Inches: the millimetres of the preferred timing where they agree with the centimetres of the header, else these.

    None for a projector, and where only the shape of the picture is written.
    """
    wide, high = data[21] * 10, data[22] * 10
    if timing[:2] != b"\x00\x00":
        exact = timing[12] | (timing[14] & 0xF0) << 4, timing[13] | (timing[14] & 0x0F) << 8
        if abs(exact[0] - wide) <= 10 and abs(exact[1] - high) <= 10:
            wide, high = exact
    return round(math.hypot(wide, high) / _MM_PER_INCH, 1) if wide and high else None

"""Reader for files of Unix ``compress`` (``.Z``), which Python's standard library cannot open."""

_MAGIC = b"\x1f\x9d"
_MAX_BITS_MASK = 0x1F
_BLOCK_MODE_FLAG = 0x80
_CLEAR = 256
_FIRST_BITS = 9
_LAST_BITS = 16


def _first_entries(block_mode):
    return [bytes([i]) for i in range(256)] + [b""] * block_mode


def decompress(data, max_bytes):
    """Decompress the bytes of a ``.Z`` file, up to a number of bytes.

    Codes are LZW codes of 9 bits at first, packed from the low bit upwards. The width grows by one
    bit when the table is full. Codes are written in groups of eight; when the width changes, the
    rest of the group is padding. In block mode code 256 empties the table.

    Parameters
    ----------
    data : bytes
    max_bytes : int
        The most bytes to be had from them; 100 kB can hold 2 GB.

    Returns
    -------
    bytes

    Raises
    ------
    ValueError
        The data do not start like a ``.Z`` file, hold an impossible code or too much.
    """
    if len(data) < 3 or data[:2] != _MAGIC:
        raise ValueError("not a .Z file (Unix compress)")
    max_bits = data[2] & _MAX_BITS_MASK
    if not _FIRST_BITS <= max_bits <= _LAST_BITS:
        raise ValueError(f"a .Z file has codes of 9 to 16 bits, this one of up to {max_bits}")
    block_mode = bool(data[2] & _BLOCK_MODE_FLAG)
    table = _first_entries(block_mode)
    output, n_bytes = [], 0
    previous = b""
    n_bits = _FIRST_BITS
    position = group_start = 3 * 8  # in bits
    end = len(data) * 8
    while position + n_bits <= end:
        byte, shift = divmod(position, 8)
        code = (int.from_bytes(data[byte : byte + 4], "little") >> shift) & ((1 << n_bits) - 1)
        position += n_bits
        if block_mode and code == _CLEAR:
            table, previous, next_bits = _first_entries(block_mode), b"", _FIRST_BITS
        else:
            if code < len(table):
                entry = table[code]
            elif code == len(table) and previous:
                entry = previous + previous[:1]
            else:
                raise ValueError(f"a .Z file holds the code {code} before it is defined")
            output.append(entry)
            n_bytes += len(entry)
            if n_bytes > max_bytes:
                raise ValueError(f"a .Z file unpacks to more than {max_bytes:,} bytes")
            if previous and len(table) < 1 << max_bits:
                table.append(previous + entry[:1])
            previous = entry
            next_bits = n_bits + (len(table) == 1 << n_bits and n_bits < max_bits)
        if code == _CLEAR and block_mode or next_bits != n_bits:
            group = 8 * n_bits
            position = group_start + -(-(position - group_start) // group) * group
            group_start, n_bits = position, next_bits
    return b"".join(output)

"""Say whether what is written to a folder is encrypted on the disk below it, as far as Linux tells.

Guarantees: `True` only where the device, or every path down to a device, is one of dm-crypt (LUKS); memory counts as
not on disk. File systems that encrypt by themselves (ZFS, fscrypt) are not recognized.
Does not: encrypt. See ADR 0029.
Basis: proc(5), /proc/PID/mountinfo and /proc/swaps; the kernel's ABI of /sys/dev/block.
Start at `is_encrypted_at_rest`.
"""

import os
from pathlib import Path

_IN_MEMORY = {"tmpfs", "ramfs"}
_BLOCK_DEVICES = Path("/sys/dev/block")


def is_encrypted_at_rest(folder: Path) -> bool:
    """Return whether the folder is known to be on an encrypted device, or in memory."""
    kind, source = _find_mount(folder.resolve(), Path("/proc/self/mountinfo").read_text(encoding="utf-8"))
    return kind in _IN_MEMORY or _is_encrypted_source(source)


def find_file_system(folder: Path) -> str:
    """Return the type of the file system that a folder is on, as Linux names it."""
    return _find_mount(folder.resolve(), Path("/proc/self/mountinfo").read_text(encoding="utf-8"))[0]


def is_swap_encrypted() -> bool:
    """Return whether every place that the kernel swaps memory to is known to be encrypted, or is memory itself."""
    lines = Path("/proc/swaps").read_text(encoding="utf-8").splitlines()[1:]
    names = [line.split()[0] for line in lines]
    return all(name.startswith("/dev/zram") or _is_encrypted_source(name) for name in names)


def _find_mount(folder: Path, mount_table: str) -> tuple[str, str]:
    """Return the type and the source of the file system that a folder is on; the last mount on a point is the one."""
    found, length = ("", ""), 0
    for line in mount_table.splitlines():
        before, _, after = line.partition(" - ")
        point = Path(before.split()[4].encode().decode("unicode_escape"))
        if (folder == point or point in folder.parents) and len(point.parts) >= length:
            kind, source = after.split()[:2]
            found, length = (kind, source), len(point.parts)
    return found


def _is_encrypted_source(source: str) -> bool:
    try:
        device = Path(source).stat().st_rdev
    except OSError:
        return False
    return bool(device) and is_encrypted_device(_BLOCK_DEVICES / f"{os.major(device)}:{os.minor(device)}")


def is_encrypted_device(device: Path) -> bool:
    """Return whether a block device's folder in /sys is one of dm-crypt, or all devices below it are."""
    uuid, slaves = device / "dm" / "uuid", device / "slaves"
    if uuid.exists() and uuid.read_text(encoding="ascii").startswith("CRYPT-"):
        return True
    below = list(slaves.iterdir()) if slaves.is_dir() else []
    return bool(below) and all(is_encrypted_device(slave) for slave in below)

"""What the kernel says of a device below a folder, in folders laid out as /sys/dev/block is."""

from pathlib import Path

import pytest

from comity.app import disk_encryption
from comity.app.disk_encryption import is_encrypted_at_rest, is_encrypted_device


def add_device(folder: Path, uuid: str = "", *below: Path) -> Path:
    """Make the folder of a device: its device-mapper uuid, and links to the devices below it."""
    (folder / "slaves").mkdir(parents=True)
    if uuid:
        (folder / "dm").mkdir()
        (folder / "dm" / "uuid").write_text(uuid + "\n")
    for device in below:
        (folder / "slaves" / device.name).symlink_to(device)
    return folder


def test_a_device_is_encrypted_when_dm_crypt_is_on_every_path_down(tmp_path: Path) -> None:
    plain, other = add_device(tmp_path / "sda"), add_device(tmp_path / "sdb")
    crypt = add_device(tmp_path / "dm-0", "CRYPT-LUKS2-0123-home", plain)
    volume = add_device(tmp_path / "dm-1", "LVM-0123", crypt)
    striped = add_device(tmp_path / "dm-2", "LVM-4567", crypt, other)
    devices = (plain, crypt, volume, striped, tmp_path / "none")
    assert [is_encrypted_device(device) for device in devices] == [False, True, True, False, False]


MOUNTS = """22 1 0:21 / / rw - ext4 /dev/none rw
23 22 0:22 / /srv rw - tmpfs tmpfs rw
24 22 0:23 / /srv/a\\040b rw shared:1 - ext4 /dev/none rw
25 22 0:24 / /srv rw - ext4 /dev/also-none rw
"""


@pytest.mark.parametrize(
    ("folder", "found"),
    [
        ("/srv/index", ("ext4", "/dev/also-none")),
        ("/srv", ("ext4", "/dev/also-none")),
        ("/srv/a b/index", ("ext4", "/dev/none")),
        ("/srvx", ("ext4", "/dev/none")),
    ],
)
def test_the_mount_of_a_folder_is_the_nearest_and_the_last(folder: str, found: tuple[str, str]) -> None:
    assert disk_encryption._find_mount(Path(folder), MOUNTS) == found


def test_this_machine_can_be_asked(tmp_path: Path) -> None:
    assert is_encrypted_at_rest(tmp_path) in {True, False}
    assert is_encrypted_at_rest(Path("/dev/shm")), "memory is no disk"

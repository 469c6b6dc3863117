"""The settings that the program reads from its environment, each with what it means.

The modules that use them read them; here they are told, for the guide and for whoever looks for
one. A test holds that none is missing and none too many.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Setting:
    """A variable of the environment.

    Parameters
    ----------
    meaning, default
        What it sets, and what holds where it is empty, by language.
    """

    meaning: Mapping[str, str]
    default: Mapping[str, str]


SETTINGS: Mapping[str, Setting] = {
    "KANTONG_DATA": Setting(
        {"id": "folder data", "en": "data folder"},
        {"id": "`data` di samping program", "en": "`data` beside the program"},
    ),
    "KANTONG_DATABASE_URL": Setting(
        {
            "id": "PostgreSQL bersama: `postgresql://pengguna:sandi@host/nama`",
            "en": "a shared PostgreSQL: `postgresql://user:password@host/name`",
        },
        {
            "id": "berkas `kantong.db` di folder data",
            "en": "the file `kantong.db` in the data folder",
        },
    ),
    "KANTONG_HOSTS": Setting(
        {
            "id": "nama server yang boleh dipanggil peramban, dipisah koma; `*.kota.go.id` untuk "
            "semua di bawahnya; hanya bersama login atau `KANTONG_PUBLIC`",
            "en": "names by which browsers ask for this server, commas between; `*.kota.go.id` for "
            "all below; only with a login or `KANTONG_PUBLIC`",
        },
        {
            "id": "hanya 127.0.0.1, localhost, dan alamat tempat proses mendengar",
            "en": "127.0.0.1, localhost and the address listened on",
        },
    ),
    "KANTONG_SECRETS": Setting(
        {
            "id": "berkas TOML dengan `[auth]` untuk login",
            "en": "TOML file with `[auth]` for the login",
        },
        {
            "id": "`.streamlit/secrets.toml`; tanpa itu tidak ada login",
            "en": "`.streamlit/secrets.toml`; without it there is no login",
        },
    ),
    "KANTONG_PUBLIC": Setting(
        {
            "id": "`1`: siapa pun boleh melihat yang boleh terbit, tak seorang pun menulis",
            "en": "`1`: everyone may look at what may be published, nobody writes",
        },
        {"id": "tidak", "en": "no"},
    ),
    "KANTONG_URL": Setting(
        {"id": "alamat pada kode QR cetakan", "en": "address in printed QR codes"},
        {"id": "alamat peramban", "en": "the address of the browser"},
    ),
    "KANTONG_PROCESS": Setting(
        {
            "id": "nama proses untuk kuki nginx",
            "en": "name of the process, for the cookie of nginx",
        },
        {"id": "tanpa kuki", "en": "no cookie"},
    ),
    "KANTONG_JOBS": Setting(
        {"id": "pekerjaan berat sekaligus per proses", "en": "costly work at once in a process"},
        {"id": "2, atau setengah inti", "en": "2, or half the cores"},
    ),
    "KANTONG_LOG": Setting(
        {
            "id": "tingkat log: `debug`, `info`, `warning`, `error`",
            "en": "level of the log: `debug`, `info`, `warning`, `error`",
        },
        {"id": "`warning`", "en": "`warning`"},
    ),
    "KANTONG_METRICS_FROM": Setting(
        {
            "id": "jaringan yang boleh membaca `/metrics`, dipisah koma",
            "en": "networks that may read `/metrics`, commas between",
        },
        {"id": "hanya mesin itu sendiri", "en": "the machine itself"},
    ),
    "KANTONG_LANG": Setting(
        {"id": "bahasa perintah: `id` atau `en`", "en": "language of commands: `id` or `en`"},
        {"id": "`id`", "en": "`id`"},
    ),
    "FORWARDED_ALLOW_IPS": Setting(
        {
            "id": "proksi yang dipercaya mengatakan TLS dan alamat asal (dibaca uvicorn)",
            "en": "proxies whose word on TLS and addresses is taken (read by uvicorn)",
        },
        {"id": "127.0.0.1", "en": "127.0.0.1"},
    ),
}

"""Made-up streets for tests: a grid of lanes, main roads, a river, landmarks and RW."""

import geopandas as gpd
import numpy as np
import pyogrio
import shapely

TREES = ("Akasia", "Beringin", "Cendana", "Dadap", "Eboni", "Flamboyan", "Gaharu", "Jati",
         "Kenari", "Lontar", "Mahoni", "Nangka", "Pinus", "Randu", "Sengon",
         "Trembesi", "Ulin", "Waru")  # fmt: skip


def town(area, crs, *, apart_m=140, seed=3):
    """Return frames of roads, rivers, landmarks and RW within an area (metres)."""
    drawn = np.random.default_rng(seed)
    west, south, east, north = area.bounds
    roads = []
    names = [f"Jalan {tree} {number}" for number in range(1, 40) for tree in TREES]
    for place, x in enumerate(np.arange(west, east, apart_m)):
        bend = drawn.normal(0, 12, 9)
        ys = np.linspace(south - 200, north + 200, 9)
        kelas = 1 if place % 9 == 4 else 2 if place % 4 == 2 else 3
        roads.append((names[2 * place], kelas, shapely.LineString(np.column_stack([x + bend, ys]))))
    for place, y in enumerate(np.arange(south, north, apart_m)):
        bend = drawn.normal(0, 12, 9)
        xs = np.linspace(west - 200, east + 200, 9)
        kelas = 1 if place % 11 == 5 else 3
        line = shapely.LineString(np.column_stack([xs, y + bend]))
        roads.append((names[2 * place + 1], kelas, line))
    xs = np.linspace(west - 200, east + 200, 40)
    river = shapely.LineString(
        np.column_stack([xs, (south + north) / 2 + 90 * np.sin((xs - west) / 260)])
    )
    kinds = ("kantor", "kesehatan", "sekolah", "pasar", "ibadah")
    points = [
        (f"{kind.capitalize()} Contoh {number}", kind, shapely.Point(drawn.uniform(west, east),
         drawn.uniform(south, north)))
        for number in range(1, 4) for kind in kinds
    ]  # fmt: skip
    half = (west + east) / 2
    rws = [
        ("1", area.intersection(shapely.box(west, south, half, north))),
        ("2", area.intersection(shapely.box(half, south, east, north))),
    ]

    def frame(rows, *columns):
        data = {name: [row[at] for row in rows] for at, name in enumerate(columns)}
        return gpd.GeoDataFrame(data, geometry=[row[-1] for row in rows], crs=crs)

    return {
        "jalan": frame(roads, "nama", "kelas"),
        "sungai": frame([("Kali Contoh", river)], "nama"),
        "tempat": frame(points, "nama", "jenis"),
        "rw": frame(rws, "rw"),
    }


def write(frames, path):
    """Write frames as the layers of a GeoPackage."""
    for name, frame in frames.items():
        pyogrio.write_dataframe(frame, path, layer=name, append=path.exists())
    return path

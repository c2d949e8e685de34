"""The modules that draw and find points, run in the browser that they are for."""

from __future__ import annotations

import numpy as np
import pytest

from tests.browser.explore.served_page import in_page

pytestmark = pytest.mark.browser

WITHIN = """async ({points, members, polygon}) => {
  const { gridOf, within } = await import("/js/spatial_index.js");
  const grid = gridOf(Float32Array.from(points), members && Int32Array.from(members));
  return Array.from(within(grid, polygon));
}"""
NEAREST = """async ({points, queries, reach}) => {
  const { gridOf, nearest } = await import("/js/spatial_index.js");
  const grid = gridOf(Float32Array.from(points));
  return queries.map(([x, y]) => nearest(grid, x, y, {x: reach, y: reach}));
}"""
DRAWN = """async ({points, colours, shapes, layers, size, view}) => {
  const { byLayer, draw } = await import("/js/raster.js");
  const [width, height] = [40, 30];
  const pixels = new Uint32Array(width * height);
  const style = { colour: Uint32Array.from(colours), shape: Uint8Array.from(shapes), layer: Uint8Array.from(layers) };
  const sizes = [size, size, size, size];
  const drawn = draw({pixels, width, height}, Float32Array.from(points), byLayer(null, style.layer), style,
                     {view, sizes, outline: 77});
  return {pixels: Array.from(pixels), drawn};
}"""
STYLED = """async ({values, type, ends, dimmed, range, mask}) => {
  const { styleOf } = await import("/js/colours.js");
  const { byLayer } = await import("/js/raster.js");
  const schemes = await (await fetch("/js/palette.json")).json();
  const limits = {dimmed: new Set(dimmed), range, mask: mask && Uint8Array.from(mask)};
  const { colour, shape, layer } = styleOf(values, {type, ends}, schemes.light, limits);
  const { order, starts } = byLayer(null, layer);
  return {colour: Array.from(colour), shape: Array.from(shape), layer: Array.from(layer),
          order: Array.from(order), starts: Array.from(starts)};
}"""
EDGES = {"sx": 1.0, "sy": -1.0, "ox": 0.0, "oy": 29.0}


def inside(points, polygon):
    """Return by the even-odd rule which points lie in a polygon, edge by edge."""
    x, y = points.T
    result = np.zeros(len(points), bool)
    for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        with np.errstate(divide="ignore", invalid="ignore"):
            result ^= ((y0 > y) != (y1 > y)) & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    return np.flatnonzero(result)


@pytest.mark.parametrize("corners", [3, 4, 60, 400])
@pytest.mark.parametrize("some", [False, True])
def test_a_lasso_finds_the_points_of_brute_force(corners, some, browse) -> None:
    rng = np.random.default_rng(corners)
    points = rng.normal(size=(3000, 2)).astype(np.float32)
    polygon = rng.normal(size=(corners, 2)) * 1.2
    members = np.sort(rng.choice(3000, 900, replace=False)) if some else np.arange(3000)
    argument = {
        "points": points.ravel().tolist(),
        "polygon": polygon.tolist(),
        "members": members.tolist() if some else None,
    }
    expected = members[inside(points[members].astype(float), polygon)]
    assert browse(in_page, WITHIN, argument) == expected.tolist()


def test_the_nearest_point_is_the_nearest(browse) -> None:
    rng = np.random.default_rng(0)
    points, queries = rng.normal(size=(2000, 2)).astype(np.float32), rng.normal(size=(200, 2)) * 1.5
    distances = np.linalg.norm(points[None].astype(float) - queries[:, None], axis=-1)
    expected = np.where(distances.min(axis=1) <= 0.1, distances.argmin(axis=1), -1)
    argument = {"points": points.ravel().tolist(), "queries": queries.tolist(), "reach": 0.1}
    assert browse(in_page, NEAREST, argument) == expected.tolist()


def test_of_points_at_one_place_the_topmost_is_found(browse) -> None:
    argument = {"points": [1.0, 2.0] * 50, "queries": [[1.0, 2.0], [5.0, 5.0]], "reach": 0.5}
    assert browse(in_page, NEAREST, argument) == [49, -1]


def draw(browse, points, layers, size=1, view=EDGES):
    count = len(points)
    argument = {
        "points": np.ravel(points).tolist(), "colours": list(range(100, 100 + count)), "shapes": [0] * count,
        "layers": layers, "size": size, "view": view,
    }  # fmt: skip
    result = browse(in_page, DRAWN, argument)
    return np.reshape(result["pixels"], (30, 40)), result["drawn"]


def test_a_point_colours_its_own_pixel(browse) -> None:
    pixels, drawn = draw(browse, [(7, 4), (39, 0), (0, 29)], [2, 2, 2])
    assert pixels[25, 7] == 100
    assert pixels[29, 39] == 101
    assert pixels[0, 0] == 102
    assert np.count_nonzero(pixels) == 3
    assert drawn == [0, 0, 3, 0]


def test_a_viewport_moves_and_scales(browse) -> None:
    pixels, _ = draw(browse, [(2, 3)], [2], view={"sx": 4.0, "sy": -2.0, "ox": 1.0, "oy": 20.0})
    assert np.argwhere(pixels).tolist() == [[14, 9]]


def test_a_glyph_at_the_edge_is_cut_and_does_not_wrap(browse) -> None:
    pixels, _ = draw(browse, [(39, 15)], [2], size=5)
    assert set(np.argwhere(pixels)[:, 1]) == {37, 38, 39}


def test_what_lies_outside_is_not_drawn_and_not_counted(browse) -> None:
    pixels, drawn = draw(browse, [(-3, 5), (400, 5), (5, 900)], [2, 2, 2])
    assert not pixels.any()
    assert drawn == [0, 0, 0, 0]


def test_layers_lie_on_each_other_and_a_selected_point_has_an_outline(browse) -> None:
    pixels, drawn = draw(browse, [(10, 10), (10, 10), (20, 20)], [3, 2, 0], size=3)
    assert pixels[19, 10] == 100
    assert pixels[9, 20] == 102
    assert 77 in pixels[17:22, 8:13]
    assert drawn == [1, 0, 1, 1]


@pytest.mark.parametrize("limits", [{"dimmed": [1, -1]}, {"mask": [0, 1] * 50}])
def test_a_legend_dims_and_never_drops(limits, browse) -> None:
    values = [(place % 5) - 1 for place in range(100)]
    argument = {"values": values, "type": "category", "ends": None, "dimmed": [], "range": None, "mask": None}
    before, after = browse(in_page, STYLED, argument), browse(in_page, STYLED, argument | limits)
    left_out = [
        each in limits.get("dimmed", []) or not limits.get("mask", [1] * 100)[at]
        for at, each in enumerate(values)
    ]
    assert sorted(after["order"]) == list(range(100))
    assert after["starts"][1] == sum(left_out)
    for place, is_out in enumerate(left_out):
        assert (after["layer"][place] == 0) == is_out
        assert is_out or after["colour"][place] == before["colour"][place]
    assert len({after["colour"][place] for place in range(100) if left_out[place]}) == 1


def test_a_range_dims_numbers_outside_of_it(browse) -> None:
    argument = {
        "values": [0.0, 1.0, 2.0, 3.0],
        "type": "number",
        "ends": [0, 3],
        "dimmed": [],
        "range": [1, 2],
        "mask": None,
    }
    assert browse(in_page, STYLED, argument)["layer"] == [0, 2, 2, 0]


def test_classes_keep_their_glyph_and_forty_have_one_each(browse) -> None:
    argument = {"type": "category", "ends": None, "dimmed": [], "range": None, "mask": None}
    all_of_them = browse(in_page, STYLED, argument | {"values": list(range(40))})
    one = browse(in_page, STYLED, argument | {"values": [17]})
    glyphs = list(zip(all_of_them["colour"], all_of_them["shape"], strict=True))
    assert len(set(glyphs)) == 40
    assert glyphs[17] == (one["colour"][0], one["shape"][0])


def test_values_that_differ_by_rounding_have_one_colour(browse) -> None:
    script = """async () => {
        const { quantileRange } = await import("/js/colours.js");
        const noisy = Float32Array.from({ length: 100 }, (_, i) => 0.1 + (i % 2) * 1e-8);
        return [noisy, [3, 3, NaN], [NaN], [0, 1, 2]].map((each) => quantileRange(each));
    }"""
    noisy, constant, missing, others = browse(in_page, script)
    assert noisy[0] == noisy[1]
    assert (constant, missing, others) == ([3, 3], [0, 0], [0, 2])

"""Pages in a real Chromium: complete, readable and accessible on every screen, on paper, and without scripts."""

from __future__ import annotations

import pytest

from tests.browser.page_checks import WINDOWS, on_paper, on_screen, without_scripts

pytestmark = pytest.mark.browser
PAGES = ("digits", "table", "comparison", "many_groups")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_sound_on_a_screen(page, window, scheme, pages, browse) -> None:
    problems = browse(on_screen, pages[page], window, scheme)
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_complete_on_paper(page, pages, browse) -> None:
    problems = browse(on_paper, pages[page])
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("page", PAGES)
def test_every_number_is_readable_without_scripts(page, pages, browse) -> None:
    problems = browse(without_scripts, pages[page])
    assert not problems, "\n".join(problems)


GOOD = "<main><h1>A page</h1><p>With 3 words</p>{}</main>"


@pytest.mark.parametrize(
    ("defect", "problem"),
    [
        ('<img src="https://example.org/a.png" alt="a">', "requests https://example.org/a.png"),
        ("<script>console.error('wrong')</script>", "console: wrong"),
        ("<script>throw Error('wrong')</script>", "error: wrong"),
        ('<div style="width: 3000px">wide</div>', 'wider than the window: <div> "wide"'),
        ('<p style="width: 4em; overflow: hidden; white-space: nowrap">cut at the end</p>', "cut at the side"),
        ('<p style="height: 1em; overflow: hidden">one<br>two</p>', "cut at the bottom"),
        ('<p style="width: 6em; overflow-wrap: anywhere">responsibility</p>', 'broken within a word: "respons'),
        ('<img src="data:image/png;base64,AAAA" alt="a picture">', "an image is not shown: a picture"),
        ('<svg width="40" role="img" aria-label="a"><text y="20">outside of it</text></svg>', "text outside its picture"),
        ('<p style="color: #aaa">pale</p>', "color-contrast"),
    ],
)  # fmt: skip
def test_a_defect_on_a_screen_is_found(defect, problem, tmp_path, browse) -> None:
    page = write_page(tmp_path, defect)
    assert any(problem in each for each in browse(on_screen, page, "phone", "light"))


@pytest.mark.parametrize(
    ("defect", "problem"),
    [
        ("<style>@media print { .q { display: none } }</style><p class=q>7 of 9</p>", "not printed: 7 of 9"),
        ("<details><summary>More</summary><p>7 of 9</p></details>", "not printed: 7 of 9"),
        (
            '<div style="width: 4em; overflow: auto; white-space: nowrap">longer than this</div>',
            "cut at the side",
        ),
    ],
)
def test_a_defect_on_paper_is_found(defect, problem, tmp_path, browse) -> None:
    assert any(problem in each for each in browse(on_paper, write_page(tmp_path, defect)))


@pytest.mark.parametrize(
    ("defect", "problem"),
    [
        ("<p id=a></p><script>a.textContent = '7/9'</script>", "needs a script: 7/9"),
        ("<p hidden id=a>7/9</p><script>a.hidden = false</script>", "needs a script: 7/9"),
        ("<p hidden>7/9</p>", "cannot be shown: 7/9"),
    ],
)
def test_a_number_that_needs_a_script_is_found(defect, problem, tmp_path, browse) -> None:
    assert problem in browse(without_scripts, write_page(tmp_path, defect))


@pytest.mark.parametrize(
    "content",
    [
        "<details><summary>More</summary><p>7 of 9</p></details>",
        '<p style="width: 6em">well-known either/or a-very-long-name</p>',
        '<p style="width: 5em">分類された画像の数は七つです</p>',
        f'<p style="overflow-wrap: anywhere">{"0123456789abcdef" * 8}</p>',
    ],
)
def test_a_good_page_has_no_problem(content, tmp_path, browse) -> None:
    page = write_page(tmp_path, content)
    assert browse(on_screen, page, "phone", "light") == []
    assert browse(without_scripts, page) == []


def write_page(folder, content):
    path = folder / "page.html"
    head = '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>A page</title></head>'
    path.write_text(f"{head}<body>{GOOD.format(content)}</body></html>", encoding="utf-8")
    return path

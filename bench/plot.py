"""Plots as SVG files, in so few lines that no package is needed for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import floor, log10

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 360, 60, 30, 40, 50
COLORS = ("#0b62a4", "#d9662c", "#3a923a", "#8a5fb3", "#8c6d31", "#777777", "#bbbbbb")
Points = Sequence[tuple[float, float]]


def draw_lines(title: str, across: str, lines: Mapping[str, Points]) -> str:
    """A plot of lines, both axes linear from zero."""
    points = [point for line in lines.values() for point in line]
    right, top = (round_up(max(point[axis] for point in points)) for axis in (0, 1))

    def place(x: float, y: float) -> tuple[float, float]:
        return LEFT + x / right * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - y / top * (HEIGHT - TOP - BOTTOM)

    drawn = [_rule(top, place(0, top * part / 4)[1], part) for part in range(5)]
    drawn += [_text(place(right * part / 4, 0)[0], HEIGHT - BOTTOM + 18, f"{right * part / 4:,g}") for part in range(5)]
    drawn.append(_text(WIDTH / 2, HEIGHT - 10, across))
    for number, line in enumerate(lines.values()):
        places = [place(*point) for point in sorted(line)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        drawn.append(f'<polyline points="{path}" fill="none" stroke="{COLORS[number]}" stroke-width="2"/>')
        drawn += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{COLORS[number]}"/>' for x, y in places]
    return _page(title, [*drawn, *_legend(list(lines))])


def draw_bars(title: str, groups: Mapping[str, Mapping[str, float]]) -> str:
    """A plot of groups of bars; a name has one color in all groups."""
    names = list(dict.fromkeys(name for bars in groups.values() for name in bars))
    top = round_up(max(figure for bars in groups.values() for figure in bars.values()))
    wide = (WIDTH - LEFT - RIGHT) / len(groups)
    scale, one = (HEIGHT - TOP - BOTTOM) / top, wide / (len(names) + 1)
    drawn = [_rule(top, HEIGHT - BOTTOM - top * part / 4 * scale, part) for part in range(5)]
    for number, (group, bars) in enumerate(groups.items()):
        left = LEFT + number * wide
        drawn.append(_text(left + wide / 2, HEIGHT - BOTTOM + 18, group))
        drawn += [
            f'<rect x="{left + (names.index(name) + 0.5) * one:.1f}" y="{HEIGHT - BOTTOM - figure * scale:.1f}" '
            f'width="{one * 0.9:.1f}" height="{figure * scale:.1f}" fill="{COLORS[names.index(name)]}"/>'
            for name, figure in bars.items()
        ]
    return _page(title, [*drawn, *_legend(names)])


def round_up(figure: float) -> float:
    """The next figure that four parts divide well."""
    ten = 10 ** floor(log10(figure))
    return next(part * ten for part in (1, 2, 4, 6, 8, 10, 12) if part * ten >= figure)


def _rule(top: float, y: float, part: int) -> str:
    line = f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#dddddd"/>'
    return line + _text(LEFT - 6, y + 4, f"{top * part / 4:.3g}", "end")


def _legend(names: Sequence[str]) -> list[str]:
    drawn, x = [], float(LEFT)
    for number, name in enumerate(names):
        drawn.append(f'<rect x="{x:.0f}" y="{HEIGHT - 2}" width="10" height="10" fill="{COLORS[number]}"/>')
        drawn.append(_text(x + 14, HEIGHT + 7, name, "start"))
        x += 26 + 6.2 * len(name)
    return drawn


def _text(x: float, y: float, text: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _page(title: str, drawn: Sequence[str]) -> str:
    body = "\n".join(drawn)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT + 20}" '
        f'font-family="sans-serif" font-size="11">\n<rect width="100%" height="100%" fill="white"/>\n'
        f'<text x="{LEFT}" y="22" font-size="14">{escape(title)}</text>\n{body}\n</svg>\n'
    )

"""Points drawn uniformly from the surfaces of solids, by area.

Each function takes a random state and, one row a point, half of the solid's extent along x, y and
z: of the box around it, whose centre is the origin.
"""

import numpy as np


def _round(angle):
    return np.column_stack([np.cos(angle), np.sin(angle)])


def draw_sphere(rng, half):
    """Draw directions: normal vectors have no preferred direction."""
    directions = rng.normal(size=half.shape)
    return half * directions / np.linalg.norm(directions, axis=1, keepdims=True)


def draw_box(rng, half):
    """Points in the box, moved to one of the faces across an axis drawn by the faces' area."""
    points = rng.uniform(-1, 1, size=half.shape)
    areas = half.prod(axis=1, keepdims=True) / half
    axis = _choose(rng, areas)
    rows = np.arange(len(half))
    points[rows, axis] = np.sign(points[rows, axis])
    return half * points


def draw_cylinder(rng, half):
    """Draw from the side, of area 2 pi r h, or from the ends, of pi r^2 each."""
    radius, height = half[:, 0], 2 * half[:, 2]
    is_end = _choose(rng, np.column_stack([height, radius])) == 1
    distance = np.where(is_end, np.sqrt(rng.uniform(size=len(half))), 1)
    z = rng.uniform(-1, 1, size=len(half))
    z = np.where(is_end, np.sign(z), z)
    circle = _round(rng.uniform(0, 2 * np.pi, size=len(half)))
    return half * np.column_stack([distance[:, None] * circle, z])


def draw_cone(rng, half):
    """Draw from the side, of area pi r times the slant, or from the base, of pi r^2.

    The length of a circle grows with its distance from the apex, or from the middle of the base.
    """
    radius, height = half[:, 0], 2 * half[:, 2]
    is_base = _choose(rng, np.column_stack([np.hypot(radius, height), radius])) == 1
    distance = np.sqrt(rng.uniform(size=len(half)))
    circle = _round(rng.uniform(0, 2 * np.pi, size=len(half)))
    z = np.where(is_base, -1, 1 - 2 * distance)
    return half * np.column_stack([distance[:, None] * circle, z])


def draw_pyramid(rng, half):
    """Draw as from a cone whose circles are squares: four triangles on a square."""
    width, height = half[:, 0], 2 * half[:, 2]
    is_base = _choose(rng, np.column_stack([np.hypot(width, height), width])) == 1
    distance = np.sqrt(rng.uniform(size=len(half)))
    side, along = rng.randint(4, size=len(half)), rng.uniform(-1, 1, size=len(half))
    square = np.column_stack([np.where(side < 2, 1, along), np.where(side < 2, along, 1)])
    square *= np.where(side % 2, 1, -1)[:, None]
    z = np.where(is_base, -1, 1 - 2 * distance)
    return half * np.column_stack([distance[:, None] * square, z])


def draw_torus(rng, half):
    """Draw more from the outer half of the tube: the density of its angle is 1 + (r / R) cos.

    A uniform angle is kept in proportion to it. Else it goes to its mirror image, which lacks as
    much as the angle has too much.
    """
    tube = half[:, 2]
    ring = half[:, 0] - tube
    angle = rng.uniform(0, 2 * np.pi, size=len(half))
    is_kept = rng.uniform(size=len(half)) < (1 + tube / ring * np.cos(angle)) / 2
    angle = np.where(is_kept, angle, np.pi - angle)
    circle = _round(rng.uniform(0, 2 * np.pi, size=len(half)))
    distance = ring + tube * np.cos(angle)
    return np.column_stack([distance[:, None] * circle, tube * np.sin(angle)])


def _choose(rng, weights):
    """Draw a column for each row, with a probability in proportion to its weight."""
    cumulative = weights.cumsum(axis=1)
    u = rng.uniform(size=len(weights)) * cumulative[:, -1]
    return (u[:, None] >= cumulative[:, :-1]).sum(axis=1)


SOLIDS = {
    "box": draw_box,
    "cone": draw_cone,
    "cylinder": draw_cylinder,
    "pyramid": draw_pyramid,
    "sphere": draw_sphere,
    "torus": draw_torus,
}

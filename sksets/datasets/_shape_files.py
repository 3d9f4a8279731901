"""What files of shapes and their classes must hold."""


def require_arrays(arrays, names):
    """Refuse a file that lacks one of some arrays."""
    if missing := set(names) - set(arrays):
        raise ValueError(f"it lacks the arrays {sorted(missing)}, found {sorted(arrays)}")


def check_strings(arrays, name):
    """Refuse anything but a 1-D array of strings."""
    strings = arrays[name]
    if strings.dtype.kind != "U" or strings.ndim != 1:
        raise ValueError(
            f"{name} must be 1-D, of strings, found an array of shape {strings.shape}, "
            f"{strings.dtype}"
        )
    strings.tolist()  # raises where a character is none of Unicode


def check_classes(arrays, name, n_shapes):
    """Refuse anything but the place of each shape's class in the array of classes."""
    y, n_classes = arrays[name], len(arrays["classes"])
    if y.dtype.kind not in "iu" or y.shape != (n_shapes,):
        raise ValueError(
            f"{name} must be integers of shape ({n_shapes},), one a shape, found an array of shape "
            f"{y.shape}, {y.dtype}"
        )
    if y.min() < 0 or y.max() >= n_classes:
        raise ValueError(
            f"{name} must be from 0 to {n_classes - 1}, places in classes, found {y.min()} to "
            f"{y.max()}"
        )

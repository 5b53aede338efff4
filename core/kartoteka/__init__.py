"""Kartoteka: a framework for client bases. The core holds the cards, plugins the business."""

import gc

__version__ = "0.1.0"

# By default Python looks for garbage each 700 new objects: a start makes hundreds of thousands
# and drops few, a list page thousands, and what they drop is freed by counting references.
gc.set_threshold(max(50_000, gc.get_threshold()[0]), *gc.get_threshold()[1:])

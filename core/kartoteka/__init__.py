"""Kartoteka: a framework for client bases. The core holds the cards, plugins the business."""

__version__ = "0.1.0"

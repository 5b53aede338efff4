"""Kartoteka: a framework for client bases. A small core holds the cards, plugins hold the business."""

__version__ = "0.1.0"

"""Stores labels durably: who assigned which class to which item, in order, and never overwritten."""

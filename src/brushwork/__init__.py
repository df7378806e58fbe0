"""Brushwork."""

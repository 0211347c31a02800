"""The market itself: books, prices, margin, money and a pool on chain."""

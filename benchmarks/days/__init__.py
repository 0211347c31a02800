"""What a day costs whose facts are kept, beside one whose facts are made."""

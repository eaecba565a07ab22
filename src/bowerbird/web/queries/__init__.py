"""What the pages read from the records, filtered by what the asker may see."""

"""One commit's diff in, occurrences added and removed out. Pure: texts of blobs are lent by the caller."""

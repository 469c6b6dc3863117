"""What is shown and handed out: map, style, pictures, prints, Word files, workbooks, PDF forms."""

"""Every sentence that people read, in one home for window, commands and documents."""

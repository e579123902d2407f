"""One repository for each subject of the workspace's ports."""

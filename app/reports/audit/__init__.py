"""The parts of the audit report, in the order of its pages."""

"""Sessions as scripts: read, played on the service, recorded as they happen, compared with an earlier run."""

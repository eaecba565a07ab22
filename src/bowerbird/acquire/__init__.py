"""From a URL and a goal to pages."""

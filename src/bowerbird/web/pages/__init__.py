"""The pages: each module has a page's typed context, the function that builds it, and the routes that show it."""

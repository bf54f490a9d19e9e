"""The page that says what happens to a photo; each sentence is held by a test or by a setting."""

from __future__ import annotations

from string import Template

from .settings import Settings

PAGE = Template("""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>What happens to your photos</title>
<style>body{font:1rem/1.6 system-ui,sans-serif;max-width:38rem;margin:3rem auto;padding:0 1rem}</style>
<h1>What happens to your photos</h1>
<p>A photo that you send is kept in this machine's memory while it is worked on, and is forgotten once you have your
answer. It is not written to a disk, not used to train anything, and not passed on to anybody.</p>
<p>Large tasks and clips, which you send as a job, are the one exception: their files lie in a private folder of this
service until you fetch or cancel them or they expire, and are then deleted.</p>
<p>The answer holds no camera data, place or time from your photo, unless you ask for them to be kept.</p>
<p>The log has one line a request: the time, a number for the request, which address of the service was asked, how it
ended and how long it took, and a code for who asked from which nobody can read your address. It never has a photo, its
name, its data, or what you asked for.</p>
<p>$fetch</p>
<p>This page is part of the program alphacut. Whoever runs this service, or a proxy in front of it, may keep further
records: ask them.</p>
</html>
""")


def privacy_page(settings: Settings) -> str:
    """Return the page as HTML."""
    off = "The service opens no connection to anywhere with your photos or because of them."
    on = "If you name a photo by its address, the service fetches it from there; nothing else is contacted."
    return PAGE.substitute(fetch=on if settings.fetch else off)

app-name = contact
skip-to-content = Skip to the content
navigation = Pages

home-title = It works
home-next = This page is src/home/pages/index.html. Change it, and load it again.

error-not-found = There is no such page
error-failed = Something went wrong
error-hint = Go back, or begin again at the first page.
error-id = If you report this, name the request { $id }.

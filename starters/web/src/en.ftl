app-name = starter-app
skip-to-content = Skip to the content
navigation = Pages

save = Save
cancel = Cancel
edit = Edit
delete = Delete
filter = Filter
filter-clear = Show all
filter-none = Nothing matches
form-problems = This cannot be saved yet
pages-previous = Previous
pages-next = Next
pages-current = Page { $page } of { $pages }
yes = yes
no = no
created-at = Created
updated-at = Updated

home-title = It works
home-next = This page is src/home/pages/index.html. Change it, and load it again.

error-not-found = There is no such page
error-failed = Something went wrong
error-hint = Go back, or begin again at the first page.
error-id = If you report this, name the request { $id }.

save = Save
cancel = Cancel
edit = Edit
delete = Delete
yes = yes
no = no
created-at = Created
updated-at = Updated

form-problems = This cannot be saved yet
choices-too-many = There are more than { $most }: enter the number of one.

filter = Filter
filter-clear = Show all
filter-none = Nothing matches

pages-previous = Previous
pages-next = Next
pages-current = Page { $page } of { $pages }

language = English
languages = Languages

second-factor-added = The app is added. All other sessions are ended.
second-factor-removed = The app is removed.
api-key-revoked = The key is revoked.

unsubscribe = Unsubscribe
unsubscribe-question = Do you no longer want the mails of this list?
unsubscribe-done = You no longer get the mails of this list.

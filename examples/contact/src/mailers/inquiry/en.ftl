inquiry-subject = { $name } has written

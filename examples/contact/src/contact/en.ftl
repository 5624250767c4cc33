contact-title = Contact
contact-send = Send
contact-sent = Thank you. We will answer soon.
contact =
    .name = Your name
    .email = Your e-mail address
    .text = What is it about?

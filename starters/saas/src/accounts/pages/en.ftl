accounts = Accounts
    .email = E-mail address
    .name = Name
    .password = Password
    .current_password = Present password
    .remember = Stay signed in on this device
    .token = Link
    .code = Code
    .secret = Proof
accounts-problems = Please check what you have entered
accounts-refused = That did not work
accounts-send-link = Send me a link
accounts-mail-sent = A mail with a link is on its way to you
accounts-link-used = This link does not work any more: it works once, and not for long. Ask for a new one.
accounts-token-invalid_token = does not work any more; ask for a new one
accounts-continue = Continue

accounts-register = Register
accounts-register-text = We send you a link with which you choose your name and a password.
accounts-registered-already = I have an account
accounts-complete = Complete your registration
accounts-create = Create the account
accounts-registered = Welcome! Your account is ready.

accounts-sign-in = Sign in
accounts-sign-out = Sign out
accounts-signed-out = You are signed out
accounts-no-account = I have no account yet
accounts-code-text = Your account asks for a code of your app, or for a recovery code.
accounts-again = Start again
accounts-confirm = Is that you?
accounts-confirm-text = Please enter your password once more before you go on.

accounts-forgot = Forgot your password?
accounts-forgot-text = We send you a link with which you choose a new one.
accounts-reset = Choose a new password
accounts-reset-text = Then all your sessions end, and you sign in with it.
accounts-new-password = New password
accounts-password = Change the password
accounts-password-hint = At least { $min } characters. Several words make a good one.
accounts-password-changed = Your password is changed

accounts-settings = Settings
accounts-name-changed = Your name is changed
accounts-security = Security
accounts-email = Change the address
accounts-email-text = We send a link to the new address, which confirms it.
accounts-new-email = New e-mail address
accounts-email-confirm = Confirm the new address
accounts-email-confirm-text = From then on you sign in with it.
accounts-email-changed = Your address is changed
accounts-email-revert = Take the address back
accounts-email-revert-text = Your account gets its former address back. All sessions end, and you get a mail to choose a new password.
accounts-email-reverted = Your account has its former address again. Choose a new password with the link in the mail that we have sent you.

accounts-sessions = Sessions
accounts-sessions-show = Where you are signed in
accounts-sessions-end = End all other sessions
accounts-sessions-ended = All other sessions are ended
accounts-session-device = Device
accounts-session-ip = IP address
accounts-session-since = Since
accounts-session-seen = Last used
accounts-session-current = now, by this session
accounts-session-end = End this session
accounts-session-ended = The session is ended

accounts-delete = Delete the account
accounts-delete-text = Your account and everything that belongs to it are deleted for good.
accounts-deleted = Your account is deleted

accounts-password-invalid_sign_in = is wrong
accounts-code-invalid_code = is wrong, or was used already
accounts-code-invalid_challenge = The time or the tries are used up: start again
accounts-current_password-invalid_sign_in = is wrong
problem-invalid_sign_in = The address or the password is wrong
problem-too_many_requests = Too many attempts: please wait { $seconds } seconds

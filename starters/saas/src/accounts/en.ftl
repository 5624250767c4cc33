account_mail-subject = { $about ->
    [registration] Complete your registration
    [invitation] You are invited
    [account-exists] You have an account already
    [password-reset] Choose a new password
    [password-changed] Your password was changed
    [email-change] Confirm your new address
    [email-changed] The address of your account was changed
    [second-factor-changed] The second factor of your account was changed
    [second-factor-refused] Somebody could not give your second factor
    [api-key-created] Your account has another API key
   *[token-reused] A session of your account was ended
}
account_mail-text = { $about ->
    [registration] Somebody wants to register with this address. If that was not you, forget this mail: without the link nothing happens.
    [invitation] Somebody wants you to have an account. If you do not know why, forget this mail: without the link nothing happens.
    [account-exists] Somebody wanted to use this address for an account, and you have one already. If that was you, sign in, or choose a new password if you have forgotten yours.
    [password-reset] Somebody wants to choose a new password for your account. If that was not you, forget this mail: your password stays as it is.
    [password-changed] All other sessions have ended. If that was not you, choose a new password now.
    [email-change] Somebody wants to use this address for their account. If that was not you, forget this mail: without the link nothing happens.
    [email-changed] Your account has another address now. If that was not you, take it back: all sessions end, and you choose a new password.
    [second-factor-changed] An app or the recovery codes were changed. If that was not you, choose a new password now, and look at your second factors.
    [second-factor-refused] Somebody knows your password, and gave five wrong codes. If that was not you, choose a new password now.
    [api-key-created] A program that has the key acts for your account, with the permissions of the key. If that was not you, revoke the key and choose a new password now.
   *[token-reused] A token of it was used twice, which happens if somebody else has it. Please sign in again, and change your password if you do not know why.
}
account_mail-button = { $about ->
    [registration] Complete the registration
    [invitation] Accept the invitation
    [password-reset] Choose a new password
    [email-change] Confirm the address
   *[other] Take the address back
}
account_mail-validity = { $about ->
    [password-reset] The link works once, for 30 minutes.
    [invitation] The link works once, for 7 days.
    [email-changed] The link works once, for 7 days.
   *[other] The link works once, for 24 hours.
}

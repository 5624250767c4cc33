shop = Shop
posts-created = Post { $id } is <there>
problems = Please check:
posts-none = There are none.
posts-count = { $count ->
    [one] One post
   *[other] { $count } posts
}

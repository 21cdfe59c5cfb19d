-- Whether the redirect of a program's links may keep a visitor's id in a cookie.
CREATE TYPE "visitor_cookie" AS ENUM ('always', 'consent', 'off');

ALTER TABLE "programs" ADD COLUMN "visitor_cookie" "visitor_cookie" NOT NULL DEFAULT 'always';

-- Whom a change of all their tokens at once is about: a disabled or enabled user.
ALTER TABLE "grant_change" ADD COLUMN "user_id" UUID;
CREATE INDEX "grant_change_user_id_version_idx" ON "grant_change"("user_id", "version");

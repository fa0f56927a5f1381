import admin from './admin.json'
import auth from './auth.json'
import common from './common.json'
import gallery from './gallery.json'
import jobs from './jobs.json'
import player from './player.json'
import problemCodes from './problem-codes.json'
import problems from './problems.json'
import upload from './upload.json'

export const en = { admin, auth, common, gallery, jobs, player, problems: { ...problems, ...problemCodes }, upload }

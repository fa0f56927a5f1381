/** What the API takes of a video's details; characters. */
export const LONGEST_TITLE = 200
export const LONGEST_DESCRIPTION = 5000
